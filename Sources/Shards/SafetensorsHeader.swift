// The header of a safetensors file: written as its official writer does, read as strictly as its
// official readers do.

public import Dataset

/// The number formats of safetensors that this package reads or writes.
public enum TensorType: String, Sendable, Codable, CaseIterable {
    case u8 = "U8"
    case u16 = "U16"
    case u32 = "U32"
    case f32 = "F32"

    /// Bytes per element, and its alignment.
    public var size: Int {
        switch self {
        case .u8: 1
        case .u16: 2
        case .u32, .f32: 4
        }
    }
}

/// One tensor's place in a file.
public struct TensorInfo: Sendable, Equatable {
    public let name: String
    public let type: TensorType
    public let shape: [Int]
    /// Bytes, relative to the data buffer.
    public let range: Range<Int>
}

/// Names, types, shapes and places of all tensors, and free-form metadata.
///
/// Format (huggingface.co/docs/safetensors): u64 little-endian length, that many bytes of UTF-8 JSON
/// beginning with `{` and possibly ending in spaces, then the data buffer. Offsets are relative to the
/// buffer and leave neither holes nor overlaps.
public struct SafetensorsHeader: Sendable, Equatable {
    /// In buffer order.
    public let tensors: [TensorInfo]
    /// Names are told apart as bytes.
    public let metadata: [Key: String]
    /// Bytes before the data buffer: the length field and the padded JSON.
    public let size: Int

    /// Bytes of the data buffer.
    public var bufferSize: Int { tensors.last?.range.upperBound ?? 0 }

    public subscript(name: String) -> TensorInfo? { tensors.first { $0.name == name } }

    /// The longest header of a shard, in bytes.
    public static let lengthLimit = 1 << 20

    /// Lays tensors out as the official writer does: by descending alignment, then by name.
    public init(tensors: [(name: String, type: TensorType, shape: [Int])], metadata: [Key: String]) {
        let ordered = tensors.sorted { a, b in
            a.type.size == b.type.size
                ? a.name.utf8.lexicographicallyPrecedes(b.name.utf8) : a.type.size > b.type.size
        }
        var offset = 0
        let placed = ordered.map { tensor in
            let start = offset
            offset += tensor.shape.reduce(tensor.type.size, *)
            return TensorInfo(
                name: tensor.name, type: tensor.type, shape: tensor.shape, range: start..<offset)
        }
        let unsized = SafetensorsHeader(tensors: placed, metadata: metadata, size: 0)
        self.init(tensors: placed, metadata: metadata, size: unsized.encoded.count)
    }

    private init(tensors: [TensorInfo], metadata: [Key: String], size: Int) {
        self.tensors = tensors
        self.metadata = metadata
        self.size = size
    }

    /// The bytes before the data buffer: a multiple of 64, so that a mapped buffer is aligned.
    public var encoded: [UInt8] {
        var json = JSONValue.object(["__metadata__": .object(metadata.mapValues { .string($0) })])
            .canonicalText
        json.removeLast()
        for tensor in tensors {
            json += json.hasSuffix("{") ? "" : ","
            let entry = JSONValue.object([
                "dtype": .string(tensor.type.rawValue),
                "shape": .array(tensor.shape.map { .integer($0) }),
                "data_offsets": .array([
                    .integer(tensor.range.lowerBound), .integer(tensor.range.upperBound),
                ]),
            ])
            json += "\(JSONValue.string(tensor.name).canonicalText):\(entry.canonicalText)"
        }
        json += "}"
        var text = Array(json.utf8)
        text += Array(repeating: UInt8(ascii: " "), count: (64 - (8 + text.count) % 64) % 64)
        return withUnsafeBytes(of: UInt64(text.count).littleEndian, Array.init) + text
    }

    /// Reads the header of a file of `fileSize` bytes from its beginning.
    ///
    /// - Parameters:
    ///   - bytes: the file, or at least its header
    ///   - file: its name, for errors
    ///   - limit: bytes of the longest header to accept
    public init(
        reading bytes: UnsafeRawBufferPointer, fileSize: Int, file: String, limit: Int = lengthLimit
    ) throws(ShardError) {
        guard bytes.count >= 8, fileSize >= 8 else {
            throw .headerTooShort(file: file, bytes: min(bytes.count, fileSize))
        }
        let length = UInt64(littleEndian: bytes.loadUnaligned(as: UInt64.self))
        guard length <= UInt64(limit) else {
            throw .headerTooLong(file: file, length: length, limit: limit)
        }
        let end = 8 + Int(length)
        guard end <= bytes.count else {
            throw .headerTruncated(file: file, length: Int(length), available: bytes.count - 8)
        }
        let json = bytes[8..<end]
        guard json.first == UInt8(ascii: "{") else {
            throw .headerNotJSON(file: file, reason: "it does not begin with {")
        }
        let parsed = try SafetensorsHeaderJSON.parse(Array(json), file: file)
        let tensors = parsed.tensors.sorted {
            ($0.range.lowerBound, $0.range.upperBound) < ($1.range.lowerBound, $1.range.upperBound)
        }
        var offset = 0
        for tensor in tensors {
            guard tensor.range.lowerBound == offset else {
                throw .invalidTensor(
                    file: file, tensor: tensor.name,
                    reason:
                        "begins at \(tensor.range.lowerBound) where \(offset) is next: a hole or an overlap")
            }
            offset = tensor.range.upperBound
        }
        guard offset == fileSize - end else {
            throw .bufferMismatch(file: file, expected: offset, found: fileSize - end)
        }
        self.init(tensors: tensors, metadata: parsed.metadata, size: end)
    }
}
