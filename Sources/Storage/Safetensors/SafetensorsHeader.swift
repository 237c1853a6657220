// The header of a safetensors file: written as the official writer does, read as strictly as the
// official readers do.

package import Dataset

/// The number formats of safetensors that this package reads or writes.
package enum TensorType: String, Sendable, CaseIterable {
    case u8 = "U8"
    case u16 = "U16"
    case u32 = "U32"
    case u64 = "U64"
    case f32 = "F32"

    /// Bytes per element, which is also its alignment.
    package var size: Int {
        switch self {
        case .u8: 1
        case .u16: 2
        case .u32, .f32: 4
        case .u64: 8
        }
    }
}

/// What the header says about one tensor.
package struct TensorInfo: Sendable, Equatable {
    package let name: String
    package let type: TensorType
    package let shape: [Int]
    /// Its bytes, counted from the start of the data buffer.
    package let range: Range<Int>
}

/// Names, types, shapes and positions of all tensors, and free-form metadata.
///
/// Format (huggingface.co/docs/safetensors): u64 little-endian length, that many bytes of UTF-8 JSON
/// beginning with `{` and possibly ending in spaces, then the data buffer. Offsets are relative to the
/// buffer; tensors neither overlap nor leave holes.
package struct SafetensorsHeader: Sendable, Equatable {
    /// In buffer order.
    package let tensors: [TensorInfo]
    /// Names are compared by bytes.
    package let metadata: [Key: String]
    /// Bytes before the data buffer: the length field and the padded JSON.
    package let size: Int

    /// Bytes of the data buffer.
    package var bufferSize: Int { tensors.last?.range.upperBound ?? 0 }

    package subscript(name: String) -> TensorInfo? { tensors.first { $0.name == name } }

    /// The longest JSON of a shard's header, in bytes.
    package static let lengthLimit = 1 << 20

    /// Lays tensors out as the official writer does: by descending alignment, then by name.
    package init(tensors: [(name: String, type: TensorType, shape: [Int])], metadata: [Key: String]) {
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

    /// The bytes before the data buffer. Their number is a multiple of 64, so that a mapped buffer is aligned.
    package var encoded: [UInt8] {
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

    /// Reads the header of a file of `fileSize` bytes.
    ///
    /// - Parameters:
    ///   - bytes: the start of the file, at least the whole header
    ///   - file: its name, for errors
    ///   - limit: the longest JSON to accept, in bytes
    package init(
        reading bytes: UnsafeRawBufferPointer, fileSize: Int, file: String, limit: Int = lengthLimit
    ) throws(StorageError) {
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
                        "begins at \(tensor.range.lowerBound) instead of \(offset): a hole or an overlap")
            }
            offset = tensor.range.upperBound
        }
        guard offset == fileSize - end else {
            throw .bufferMismatch(file: file, expected: offset, found: fileSize - end)
        }
        self.init(tensors: tensors, metadata: parsed.metadata, size: end)
    }
}
