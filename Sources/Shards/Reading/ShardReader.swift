// Reads the rows of a shard file, all at once or block by block. Mirrors ShardWriter.

public import Dataset
package import Storage

/// Reads one shard of a dataset. Its record in the manifest is valid; what the file says is compared with the
/// record before it decides how much memory is allocated or indexes anything.
public final class ShardReader: Sendable {
    /// The manifest's record of the shard.
    public let record: ShardRecord
    package let header: SafetensorsHeader
    package let identity: ShardIdentity
    /// Size and channels of its images.
    public let shape: ImageShape
    private let file: ReadableFile
    private let isCompressed: Bool
    private let labelLimit: Int
    private let idLimit: Int
    /// 0 if the shard's samples have no fold.
    private let foldLimit: Int

    /// Opens shard `number` of a split: checks its size, reads its header and compares it with the manifest.
    ///
    /// - Throws: `ShardError` if the shard does not match the manifest, `StorageError` if it cannot be read
    public init(_ dataset: PreparedDataset, _ split: Split, _ number: Int) throws {
        let manifest = dataset.manifest
        record = manifest[split].shards[number]
        shape = manifest.image
        labelLimit = manifest.classes.count
        idLimit = manifest.samples
        foldLimit = split == .test ? 0 : manifest.folds.count
        isCompressed = manifest.compression.codec == .zstd
        file = try ReadableFile("\(dataset.folder)/\(record.name)", followsLinks: false)
        (header, identity) = try Self.readHeader(file, record, isCompressed)
        try Self.checkTensors(
            header, record, shape, classes: labelLimit, hasFolds: foldLimit > 0, file.path)
        guard identity.split == split, identity.shard == number,
            identity.shards == manifest[split].shards.count, identity.classes == manifest.classes
        else {
            throw ShardError.inconsistent(
                file: file.path,
                reason: "its metadata and dataset.json differ in split, number or classes")
        }
    }

    private static func readHeader(
        _ file: borrowing ReadableFile, _ record: ShardRecord, _ isCompressed: Bool
    ) throws -> (SafetensorsHeader, ShardIdentity) {
        guard file.size == record.bytes else {
            throw ShardError.wrongSize(file: file.path, expected: record.bytes, found: file.size)
        }
        let head = try readFrame(file, record, 0, isCompressed).content
        let header = try head.withUnsafeBufferPointer { (bytes) in
            try SafetensorsHeader(
                reading: UnsafeRawBufferPointer(bytes), fileSize: record.contentBytes, file: file.path)
        }
        guard let text = header.metadata[ShardIdentity.metadataKey], header.metadata.count == 1 else {
            throw ShardError.inconsistent(
                file: file.path, reason: "its metadata must have “prep” as their only key")
        }
        do throws(JSONProblem) {
            return (header, try ShardIdentity(try JSONValue(parsing: Array(text.utf8))))
        } catch {
            throw ShardError.inconsistent(file: file.path, reason: "its metadata: \(error.reason)")
        }
    }

    private static func checkTensors(
        _ header: SafetensorsHeader, _ record: ShardRecord, _ shape: ImageShape, classes: Int, hasFolds: Bool,
        _ path: String
    ) throws {
        let rows = record.samples
        var expected: [String: (type: TensorType, shape: [Int])] = [
            "ids": (.u32, [rows]), "labels": (classes > 256 ? .u16 : .u8, [rows]),
            "images": (.u8, shape.tensor(of: rows)),
        ]
        if header["copies"] != nil { expected["copies"] = (.u8, [rows]) }
        if hasFolds { expected["folds"] = (.u8, [rows]) }
        for (name, (type, shape)) in expected.sorted(by: { $0.key < $1.key }) {
            guard let tensor = header[name], tensor.type == type, tensor.shape == shape else {
                throw ShardError.invalidTensor(
                    file: path, tensor: name, reason: "missing, or not \(type.rawValue) of shape \(shape)"
                )
            }
        }
        guard header.tensors.count == expected.count else {
            throw ShardError.inconsistent(file: path, reason: "it holds tensors that shards do not have")
        }
        guard record.frames[0].contentBytes == header.size + (header["images"]?.range.lowerBound ?? 0) else {
            throw ShardError.inconsistent(file: path, reason: "its frames do not match its tensors")
        }
    }

    /// Whether the first frame begins with the header that a writer gives these tensors and metadata.
    func hasCanonicalHeader(_ frame: [UInt8]) -> Bool {
        let tensors = ["ids", "labels", "images", "copies", "folds"].compactMap { name in
            header[name].map { (name, $0.type, $0.shape) }
        }
        let metadata = [ShardIdentity.metadataKey: identity.json.canonicalText]
        return frame.starts(with: SafetensorsHeader(tensors: tensors, metadata: metadata).encoded)
    }

    /// Reads one frame after the other, so that memory is bounded by the largest frame, whatever the shard unpacks to.
    ///
    /// - Parameter body: gets the frame's number, its bytes as stored, and its contents, checked by their digest
    func forEachFrame(_ body: (Int, _ stored: [UInt8], _ content: [UInt8]) throws -> Void) throws {
        for index in record.frames.indices {
            let (stored, content) = try Self.readFrame(file, record, index, isCompressed)
            try body(index, stored, content)
        }
    }

    /// Reads one block of images after the other: calls `body` with its number and its pixels.
    package func forEachBlock(_ body: (Int, _ images: [UInt8]) throws -> Void) throws {
        try forEachFrame { index, _, content in
            if (1...record.blockCount).contains(index) { try body(index - 1, content) }
        }
    }

    /// The whole uncompressed safetensors file, each frame checked by its digest. It has `record.contentBytes` bytes,
    /// which can be far more than the file has.
    ///
    /// - Throws: `ShardError` if a frame is damaged, `StorageError` if the file cannot be read
    public func content() throws -> [UInt8] {
        var bytes: [UInt8] = []
        // Grows with what is read: the size in the manifest is only a claim.
        bytes.reserveCapacity(min(record.contentBytes, 16 << 20))
        try forEachFrame { _, _, content in bytes += content }
        return bytes
    }

    /// Decodes one block of images into `output`, which must have exactly its size, and checks it: a zstd frame
    /// by its own checksum, an uncompressed range by its SHA-256.
    package func readBlock(
        _ block: Int, into output: UnsafeMutableRawBufferPointer,
        using decoder: BlockDecoder
    ) throws {
        let frame = record.frames[block + 1]
        precondition(output.count == frame.contentBytes)
        if isCompressed {
            if let problem = try decoder.decode(frame, of: file, into: output) {
                throw ShardError.corruptFrame(file: file.path, frame: block + 1, reason: problem)
            }
            return
        }
        try file.read(at: frame.offset, into: output)
        try check(UnsafeRawBufferPointer(output), block: block)
    }

    /// Compares the bytes of a block of images with their SHA-256.
    package func check(_ bytes: UnsafeRawBufferPointer, block: Int) throws(ShardError) {
        guard Digest(of: bytes) == record.frames[block + 1].sha256 else {
            throw .corruptFrame(file: file.path, frame: block + 1, reason: "its SHA-256 differs")
        }
    }

    /// Ids, labels, copy and fold numbers of all rows, without the images. Every id is a row of the provenance, and every
    /// label one of the classes. Throws `ShardError` or `StorageError`.
    public func identities() throws -> RowIdentities {
        let head = try Self.readFrame(file, record, 0, isCompressed).content
        let last = record.frames.count - 1
        let tail =
            last > record.blockCount ? try Self.readFrame(file, record, last, isCompressed).content : []
        return try identities { range in
            if range.lowerBound < head.count { return head[range] }
            let offset = range.lowerBound - record.frames[last].contentOffset
            return tail[offset..<offset + range.count]
        }
    }

    /// All rows with their images, all in memory at once. Throws `ShardError` or `StorageError`.
    public func samples() throws -> ShardSamples {
        let bytes = try content()
        let rows = try identities { bytes[$0] }
        let images = header["images"].map {
            header.size + $0.range.lowerBound..<header.size + $0.range.upperBound
        }
        return ShardSamples(
            ids: rows.ids, labels: rows.labels, copies: rows.copies, folds: rows.folds,
            images: Array(bytes[images ?? 0..<0]), shape: shape)
    }

    /// - Parameter read: the bytes of a range of the uncompressed file
    private func identities(
        _ read: (Range<Int>) -> ArraySlice<UInt8>
    ) throws -> RowIdentities {
        func tensor(_ name: String) -> ArraySlice<UInt8>? {
            header[name].map { read(header.size + $0.range.lowerBound..<header.size + $0.range.upperBound) }
        }
        let labels = tensor("labels") ?? []
        let rows = RowIdentities(
            ids: [UInt32](littleEndian: tensor("ids") ?? []),
            labels: header["labels"]?.type == .u16
                ? [UInt16](littleEndian: labels) : labels.map { UInt16($0) },
            copies: tensor("copies").map(Array.init), folds: tensor("folds").map(Array.init))
        guard rows.labels.allSatisfy({ Int($0) < labelLimit }) else {
            throw ShardError.inconsistent(file: file.path, reason: "a label is beyond the last class")
        }
        guard rows.ids.allSatisfy({ Int($0) < idLimit }) else {
            throw ShardError.inconsistent(
                file: file.path, reason: "an id is beyond the last row of the provenance")
        }
        guard rows.folds?.allSatisfy({ Int($0) < foldLimit }) ?? true else {
            throw ShardError.inconsistent(file: file.path, reason: "a fold is beyond the last one")
        }
        return rows
    }

    /// Decodes one frame and checks its contents against their digest.
    private static func readFrame(
        _ file: borrowing ReadableFile, _ record: ShardRecord, _ index: Int, _ isCompressed: Bool
    ) throws -> (stored: [UInt8], content: [UInt8]) {
        let frame = record.frames[index]
        let stored = try file.read(frame.offset..<frame.offset + frame.bytes)
        var content = stored
        if isCompressed {
            let problem: String?
            (content, problem) = ZstdDecompressor().content(of: stored[...], size: frame.contentBytes)
            if let problem { throw ShardError.corruptFrame(file: file.path, frame: index, reason: problem) }
        }
        guard Digest(of: content) == frame.sha256 else {
            throw ShardError.corruptFrame(file: file.path, frame: index, reason: "its SHA-256 differs")
        }
        return (stored, content)
    }
}
