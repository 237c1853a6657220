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
            if FileSystem.exists("\(folder)/\(OutputFolder.partialName)") { throw .unfinished(folder: folder) }
            throw .notADataset(folder: folder)
        }
        self.folder = folder
        manifest = try Manifest(contentsOf: path)
    }

    public var classes: ClassNames { ClassNames(ordered: manifest.classes) }

    /// The provenance, by id.
    public func provenance() throws(ShardError) -> [ProvenanceRow] {
        let name = manifest.provenance.name
        return try Provenance.decode(try sideFile(manifest.provenance), file: "\(folder)/\(name)")
    }

    /// What was left out.
    public func rejections() throws(ShardError) -> [Rejection] {
        try Rejections.decode(
            try sideFile(manifest.rejections), file: "\(folder)/\(manifest.rejections.name)")
    }

    private func sideFile(_ file: Manifest.SideFile) throws(ShardError) -> [UInt8] {
        let path = "\(folder)/\(file.name)"
        let bytes = try FileSystem.read(path)
        guard bytes.count == file.bytes else {
            throw .wrongSize(file: path, expected: file.bytes, found: bytes.count)
        }
        guard Digest(of: bytes) == file.sha256 else { throw .wrongDigest(file: path, what: "it") }
        guard file.name.hasSuffix(".zst") else { return bytes }
        let content = try SideFileCompression.decompress(bytes, file: path)
        guard Digest(of: content) == file.contentSHA256 else {
            throw .wrongDigest(file: path, what: "its content")
        }
        return content
    }
}

/// Side files as one zstd frame each.
public enum SideFileCompression {
    /// Past 6, provenance takes much longer to compress and hardly shrinks.
    public static let level = 6

    /// Writes `content` to `folder`, compressed if `name` ends in `.zst`.
    public static func write(
        _ content: [UInt8], rows: Int, name: String, folder: String
    ) throws(ShardError) -> Manifest.SideFile {
        var stored = content
        if name.hasSuffix(".zst") {
            stored = try content.withUnsafeBufferPointer { (bytes) throws(ShardError) in
                try ZstdCompressor(level: level).compress(UnsafeRawBufferPointer(bytes), file: name)
            }
        }
        try FileSystem.write([stored], to: "\(folder)/\(name)")
        return Manifest.SideFile(
            name: name, bytes: stored.count, sha256: Digest(of: stored), contentSHA256: Digest(of: content),
            rows: rows)
    }

    /// The contents of a file of one frame, whose header states their size.
    static func decompress(_ bytes: [UInt8], file: String) throws(ShardError) -> [UInt8] {
        guard let size = ZstdFrame.contentSize(bytes), size <= 8 << 30 else {
            throw .corruptFrame(file: file, frame: 0, reason: "no zstd frame of a known size")
        }
        var problem: String?
        let content = [UInt8](unsafeUninitializedCapacity: size) { output, count in
            problem = bytes.withUnsafeBytes {
                ZstdDecompressor().decompress($0, into: UnsafeMutableRawBufferPointer(output))
            }
            count = problem == nil ? size : 0
        }
        if let problem { throw .corruptFrame(file: file, frame: 0, reason: problem) }
        return content
    }
}
