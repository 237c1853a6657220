// A shard file to rows: whole, or block by block. Mirrors ShardWriter.

public import Dataset

/// Reads one shard, checking everything that its manifest record promises about what is read.
public final class ShardReader {
    public let record: ShardRecord
    public let header: SafetensorsHeader
    public let identity: ShardIdentity
    private let file: ReadableFile
    private let isCompressed: Bool

    /// Opens the shard that `record` describes in `folder`: checks its size, reads and checks its header.
    public init(_ record: ShardRecord, folder: String) throws(ShardError) {
        file = try ReadableFile("\(folder)/\(record.name)")
        self.record = record
        isCompressed = record.name.hasSuffix(".zst")
        (header, identity) = try Self.readHeader(file, record, isCompressed)
    }

    private static func readHeader(
        _ file: borrowing ReadableFile, _ record: ShardRecord, _ isCompressed: Bool
    ) throws(ShardError) -> (SafetensorsHeader, ShardIdentity) {
        guard file.size == record.bytes else {
            throw .wrongSize(file: file.path, expected: record.bytes, found: file.size)
        }
        try checkFrames(record, file.path)
        let head = try readFrame(file, record, 0, isCompressed)
        let header = try head.withUnsafeBufferPointer { (bytes) throws(ShardError) in
            try SafetensorsHeader(
                reading: UnsafeRawBufferPointer(bytes), fileSize: record.contentBytes, file: file.path)
        }
        guard let text = header.metadata[ShardIdentity.metadataKey],
            let identity = try? JSONValue(parsing: Array(text.utf8)).decoded(as: ShardIdentity.self)
        else { throw .inconsistent(file: file.path, reason: "its metadata have no “prep” entry") }
        try checkTensors(header, record, identity, file.path)
        return (header, identity)
    }

    /// Frames must tile both the file and its contents.
    private static func checkFrames(_ record: ShardRecord, _ path: String) throws(ShardError) {
        var (offset, contentOffset) = (0, 0)
        for frame in record.frames {
            guard frame.offset == offset, frame.contentOffset == contentOffset, frame.bytes > 0,
                frame.contentBytes > 0, frame.bytes <= record.bytes, frame.contentBytes <= record.contentBytes
            else {
                throw .inconsistent(
                    file: path, reason: "dataset.json lists its frames with holes or overlaps")
            }
            offset += frame.bytes
            contentOffset += frame.contentBytes
        }
        guard !record.frames.isEmpty, offset == record.bytes, contentOffset == record.contentBytes else {
            throw .inconsistent(
                file: path, reason: "dataset.json lists frames that do not add up to its size")
        }
    }

    private static func checkTensors(
        _ header: SafetensorsHeader, _ record: ShardRecord, _ identity: ShardIdentity, _ path: String
    ) throws(ShardError) {
        let count = record.samples
        func require(_ name: String, _ type: TensorType, rank: Int) throws(ShardError) {
            guard let tensor = header[name], tensor.type == type, tensor.shape.count == rank,
                tensor.shape.first == count
            else {
                throw .invalidTensor(
                    file: path, tensor: name, reason: "missing, or not \(type.rawValue) with \(count) rows")
            }
        }
        try require("ids", .u32, rank: 1)
        try require("labels", identity.classes.count > 256 ? .u16 : .u8, rank: 1)
        try require("images", .u8, rank: 3)
        if header["copies"] != nil { try require("copies", .u8, rank: 1) }
        let blocks = record.frames.dropFirst().prefix(record.blockCount)
        guard record.blockSamples > 0, blocks.count == record.blockCount,
            record.frames[0].contentBytes == header.size + (header["images"]?.range.lowerBound ?? 0)
        else { throw .inconsistent(file: path, reason: "its frames do not follow its blocks of images") }
    }

    /// Width and height of its images.
    public var size: ImageSize {
        let shape = header["images"]?.shape ?? [0, 0, 0]
        return ImageSize(width: shape[2], height: shape[1])
    }

    /// The whole uncompressed safetensors file, every frame checked against its digest.
    public func content() throws(ShardError) -> [UInt8] {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(record.contentBytes)
        for index in record.frames.indices {
            bytes += try Self.readFrame(file, record, index, isCompressed)
        }
        return bytes
    }

    /// The rows of a block of images.
    public func rows(ofBlock block: Int) -> Range<Int> {
        block * record.blockSamples..<min((block + 1) * record.blockSamples, record.samples)
    }

    /// Decodes one block of images into `output`, which holds exactly its pixels, and checks it: a zstd frame
    /// by the checksum that it carries, an uncompressed range by its SHA-256.
    public func readBlock(
        _ block: Int, into output: UnsafeMutableRawBufferPointer,
        using decompressor: borrowing ZstdDecompressor
    ) throws(ShardError) {
        let frame = record.frames[block + 1]
        precondition(output.count == frame.contentBytes)
        if isCompressed {
            let packed = try file.read(frame.offset..<frame.offset + frame.bytes)
            if let problem = packed.withUnsafeBytes({ decompressor.decompress($0, into: output) }) {
                throw .corruptFrame(file: file.path, frame: block + 1, reason: problem)
            }
            return
        }
        try file.read(at: frame.offset, into: output)
        guard Digest(of: UnsafeRawBufferPointer(output)) == frame.sha256 else {
            throw .corruptFrame(file: file.path, frame: block + 1, reason: "its SHA-256 differs")
        }
    }

    /// Ids and labels of all rows, without the images.
    public func identities() throws(ShardError) -> (ids: [UInt32], labels: [UInt16]) {
        let head = try Self.readFrame(file, record, 0, isCompressed)
        let last = record.frames.count - 1
        let tail = last > record.blockCount ? try Self.readFrame(file, record, last, isCompressed) : []
        func tensor(_ name: String) -> ArraySlice<UInt8> {
            guard let range = header[name]?.range else { return [] }
            let start = header.size + range.lowerBound
            if start < head.count { return head[start..<start + range.count] }
            let offset = start - record.frames[last].contentOffset
            return tail[offset..<offset + range.count]
        }
        let labels: [UInt16] =
            header["labels"]?.type == .u16
            ? tensor("labels").littleEndianIntegers() : tensor("labels").map { UInt16($0) }
        return (tensor("ids").littleEndianIntegers(), labels)
    }

    /// All rows.
    public func samples() throws(ShardError) -> ShardSamples {
        let bytes = try content()
        func tensor(_ name: String) -> ArraySlice<UInt8> {
            guard let range = header[name]?.range else { return [] }
            return bytes[header.size + range.lowerBound..<header.size + range.upperBound]
        }
        let labels: [UInt16] =
            header["labels"]?.type == .u16
            ? tensor("labels").littleEndianIntegers() : tensor("labels").map { UInt16($0) }
        return ShardSamples(
            ids: tensor("ids").littleEndianIntegers(), labels: labels,
            copies: header["copies"] == nil ? nil : Array(tensor("copies")),
            images: Array(tensor("images")), size: size)
    }

    /// Decodes one frame and checks it against its digest.
    private static func readFrame(
        _ file: borrowing ReadableFile, _ record: ShardRecord, _ index: Int, _ isCompressed: Bool
    ) throws(ShardError) -> [UInt8] {
        let frame = record.frames[index]
        var content = try file.read(frame.offset..<frame.offset + frame.bytes)
        if isCompressed {
            let packed = content
            var problem: String?
            content = [UInt8](unsafeUninitializedCapacity: frame.contentBytes) { output, count in
                problem = packed.withUnsafeBytes {
                    ZstdDecompressor().decompress($0, into: UnsafeMutableRawBufferPointer(output))
                }
                count = problem == nil ? frame.contentBytes : 0
            }
            if let problem { throw .corruptFrame(file: file.path, frame: index, reason: problem) }
        }
        guard Digest(of: content) == frame.sha256 else {
            throw .corruptFrame(file: file.path, frame: index, reason: "its SHA-256 differs")
        }
        return content
    }
}

extension ArraySlice<UInt8> {
    func littleEndianIntegers<T: FixedWidthInteger>() -> [T] {
        let width = T.bitWidth / 8
        return withUnsafeBytes { bytes in
            (0..<bytes.count / width).map {
                T(littleEndian: bytes.loadUnaligned(fromByteOffset: $0 * width, as: T.self))
            }
        }
    }
}
