// A finished dataset folder, opened for reading.

public import Dataset
package import Storage

/// A prepared dataset: its manifest, and access to the files that it names.
public struct PreparedDataset: Sendable {
    /// Path of the folder, without a slash at the end.
    public let folder: String
    /// The contents of dataset.json.
    public let manifest: Manifest

    /// Opens `folder` and checks its manifest; shards are checked when they are read.
    ///
    /// - Throws: `ShardError` if it is not a valid dataset, `StorageError` if it cannot be read
    public init(_ folder: String) throws {
        var folder = folder
        while folder.count > 1, folder.hasSuffix("/") { folder.removeLast() }
        let path = "\(folder)/\(Manifest.fileName)"
        guard FileSystem.exists(path) else {
            let traces = [OutputFolder.partialName, OutputFolder.pendingManifest]
            if traces.contains(where: { FileSystem.exists("\(folder)/\($0)") }) {
                throw ShardError.unfinished(folder: folder)
            }
            throw ShardError.notADataset(folder: folder)
        }
        self.folder = folder
        manifest = try Manifest(contentsOf: path)
    }

    /// Files that `prep card` adds: metadata in Croissant's format, and a page that people may change.
    package static let cardNames = ["croissant.json", "README.md"]
    /// A README that has this line is one that `prep card` wrote, and nobody's own.
    package static let cardMark =
        "<!-- Written by prep card, which replaces it while this line stands here. -->"

    /// Whether the README of a folder is that of `prep card`, and not somebody's own.
    package static func hasCard(_ folder: Folder) -> Bool {
        guard let text = try? folder.read(cardNames[1], limit: 1 << 20) else { return false }
        return String(decoding: text, as: UTF8.self).contains(cardMark)
    }

    /// The class names in label order.
    public var classes: ClassNames { manifest.classes }

    /// The origin of every sample, in the order of ids. Throws `ShardError` or `StorageError`.
    public func provenance() throws -> [ProvenanceRow] {
        let name = manifest.provenance.name
        return try Provenance.decode(
            try sideFile(manifest.provenance), of: manifest, file: "\(folder)/\(name)")
    }

    /// The entries that were left out, in key order. Throws `ShardError` or `StorageError`.
    public func rejections() throws -> [Rejection] {
        try Rejections.decode(
            try sideFile(manifest.rejections), rows: manifest.rejected,
            file: "\(folder)/\(manifest.rejections.name)")
    }

    /// Every sample of every finding, findings in the order of the manifest. Throws `ShardError` or `StorageError`.
    public func findingRows() throws -> [FindingRow] {
        try FindingTable.decode(
            try sideFile(manifest.findingTable), of: manifest,
            file: "\(folder)/\(manifest.findingTable.name)")
    }

    /// The tables beside the shards.
    package enum Table: String, CaseIterable, Sendable {
        case provenance, rejections, findings
    }

    /// A table as CSV, whose bytes have been compared with their digest. Throws `ShardError` or `StorageError`.
    package func csv(_ table: Table) throws -> [UInt8] {
        switch table {
        case .provenance: try sideFile(manifest.provenance)
        case .rejections: try sideFile(manifest.rejections)
        case .findings: try sideFile(manifest.findingTable)
        }
    }

    private func sideFile(_ file: Manifest.SideFile) throws -> [UInt8] {
        let path = "\(folder)/\(file.name)"
        let stored = try ReadableFile(path, followsLinks: false)
        // Compared before memory is taken for it.
        guard stored.size == file.bytes else {
            throw ShardError.wrongSize(file: path, expected: file.bytes, found: stored.size)
        }
        let bytes = try stored.read(0..<stored.size)
        guard Digest(of: bytes) == file.sha256 else { throw ShardError.wrongDigest(file: path, what: "it") }
        let content = file.name.hasSuffix(".zst") ? try SideFile.decompress(bytes, file, path: path) : bytes
        guard content.count == file.contentBytes, Digest(of: content) == file.contentSHA256 else {
            throw ShardError.wrongDigest(file: path, what: "its content")
        }
        return content
    }
}
