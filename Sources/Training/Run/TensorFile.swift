// Floats by name in a safetensors file with one piece of metadata.

internal import Dataset
internal import Foundation
internal import Shards

/// What models and checkpoints are stored as: F32 tensors, JSON under the metadata key `prep`, and the digest of the
/// data buffer under `prep.digest`, as safetensors itself does not notice flipped bits.
struct TensorFile {
    static let metadataKey = "prep"
    static let digestKey = "prep.digest"
    /// Bytes of header: a checkpoint's lists all epochs.
    private static let headerLimit = 4 << 20

    var metadata: JSONValue
    var tensors: [(name: String, shape: [Int], values: [Float])]

    init(metadata: JSONValue, tensors: [(name: String, shape: [Int], values: [Float])]) {
        self.metadata = metadata
        self.tensors = tensors
    }

    /// Writes the file so that it is either whole or not there; the bytes depend on the content alone.
    func write(to path: String) throws(ShardError) {
        let layout = SafetensorsHeader(tensors: tensors.map { ($0.name, .f32, $0.shape) }, metadata: [:])
        var buffer: [UInt8] = []
        buffer.reserveCapacity(layout.bufferSize)
        var byName: [String: [Float]] = [:]
        for tensor in tensors { byName[tensor.name] = tensor.values }
        for info in layout.tensors {
            let values = (byName[info.name] ?? []).map { $0.bitPattern.littleEndian }
            values.withUnsafeBytes { buffer.append(contentsOf: $0) }
        }
        let header = SafetensorsHeader(
            tensors: tensors.map { ($0.name, .f32, $0.shape) },
            metadata: [
                Self.metadataKey: metadata.canonicalText, Self.digestKey: Digest(of: buffer).hex,
            ])
        guard header.size <= Self.headerLimit else {
            throw .system(
                path: path, action: "write",
                reason: "its header would be \(header.size) bytes long, the limit is \(Self.headerLimit)")
        }
        try FileSystem.write([header.encoded, buffer], to: path)
    }

    /// Reads a whole file.
    init(reading path: String) throws {
        let bytes = try FileSystem.read(path)
        let header = try bytes.withUnsafeBytes { buffer in
            try SafetensorsHeader(
                reading: buffer, fileSize: buffer.count, file: path, limit: Self.headerLimit)
        }
        guard let text = header.metadata[Self.metadataKey],
            let metadata = try? JSONValue(parsing: Array(text.utf8))
        else {
            throw TrainingError.malformedModel(file: path, reason: "its metadata have no key “prep”")
        }
        let digest = bytes.withUnsafeBytes {
            Digest(of: UnsafeRawBufferPointer(rebasing: $0[header.size...]))
        }
        guard header.metadata[Self.digestKey].map({ $0 == digest.hex }) ?? true else {
            throw TrainingError.damaged(file: path)
        }
        self.metadata = metadata
        tensors = try header.tensors.map { info in
            guard info.type == .f32 else {
                throw TrainingError.malformedModel(
                    file: path, reason: "\(info.name) is \(info.type.rawValue), not F32")
            }
            let start = header.size + info.range.lowerBound
            let values = bytes.withUnsafeBytes { buffer in
                (0..<info.range.count / 4).map { index in
                    Float(
                        bitPattern: UInt32(
                            littleEndian: buffer.loadUnaligned(
                                fromByteOffset: start + index * 4, as: UInt32.self)))
                }
            }
            return (info.name, info.shape, values)
        }
    }

    subscript(name: String) -> (shape: [Int], values: [Float])? {
        tensors.first { $0.name == name }.map { ($0.shape, $0.values) }
    }

    /// Sets all of an architecture's parameters in `buffer` from tensors named `prefix` and their names.
    func read(
        into buffer: FloatBuffer, of architecture: Architecture, prefix: String = "", file: String
    ) throws(TrainingError) {
        try requireTensors(of: architecture, prefix: prefix, file: file)
        for parameter in architecture.parameters {
            if let values = self[prefix + parameter.name]?.values { parameter.set(values, in: buffer) }
        }
    }

    /// - Throws: an error that names the first of an architecture's parameters that is missing or of another shape
    func requireTensors(
        of architecture: Architecture, prefix: String = "", file: String
    ) throws(TrainingError) {
        for parameter in architecture.parameters {
            guard let tensor = self[prefix + parameter.name] else {
                throw .otherTensors(file: file, reason: "\(prefix)\(parameter.name) is missing")
            }
            guard tensor.shape == parameter.shape else {
                throw .otherTensors(
                    file: file,
                    reason: "\(prefix)\(parameter.name) has the shape \(tensor.shape), not \(parameter.shape)"
                )
            }
        }
    }

    /// All of an architecture's parameters in `buffer`, in PyTorch's order.
    static func tensors(
        of buffer: FloatBuffer, _ architecture: Architecture, prefix: String = ""
    ) -> [(name: String, shape: [Int], values: [Float])] {
        architecture.parameters.map {
            (prefix + $0.name, $0.shape, $0.exported(from: buffer))
        }
    }
}
