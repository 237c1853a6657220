// A finished dataset folder, opened for reading.

public import Dataset

/// A prepared dataset: its manifest, and access to the files that it names.
public struct PreparedDataset: Sendable {
    public let folder: String
    public let manifest: Manifest

    /// Opens `folder` and checks its manifest; shards are checked when they are read.
    public init(_ folder: String) throws(ShardError) {
        var folder = folder
        while folder.count > 1, folder.hasSuffix("/") { folder.removeLast() }
        let path = "\(folder)/\(Manifest.fileName)"
        guard FileSystem.exists(path) else {
            let traces = [OutputFolder.partialName, OutputFolder.pendingManifest]
            if traces.contains(where: { FileSystem.exists("\(folder)/\($0)") }) {
                throw .unfinished(folder: folder)
            }
            throw .notADataset(folder: folder)
        }
        self.folder = folder
        manifest = try Manifest(contentsOf: path)
    }

    public var classes: ClassNames { manifest.classes }

    /// The provenance, by id.
    public func provenance() throws(ShardError) -> [ProvenanceRow] {
        let name = manifest.provenance.name
        return try Provenance.decode(
            try sideFile(manifest.provenance), of: manifest, file: "\(folder)/\(name)")
    }

    /// What was left out.
    public func rejections() throws(ShardError) -> [Rejection] {
        try Rejections.decode(
            try sideFile(manifest.rejections), rows: manifest.rejected,
            file: "\(folder)/\(manifest.rejections.name)")
    }

    private func sideFile(_ file: Manifest.SideFile) throws(ShardError) -> [UInt8] {
        let path = "\(folder)/\(file.name)"
        let bytes = try ReadableFile.contents(of: path, limit: .max)
        guard bytes.count == file.bytes else {
            throw .wrongSize(file: path, expected: file.bytes, found: bytes.count)
        }
        guard Digest(of: bytes) == file.sha256 else { throw .wrongDigest(file: path, what: "it") }
        let content = file.name.hasSuffix(".zst") ? try SideFile.decompress(bytes, file, path: path) : bytes
        guard content.count == file.contentBytes, Digest(of: content) == file.contentSHA256 else {
            throw .wrongDigest(file: path, what: "its content")
        }
        return content
    }
}
