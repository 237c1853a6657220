// Floats by name in a safetensors file with one piece of metadata.

internal import Dataset
internal import Foundation
internal import Shards

/// What models and checkpoints are stored as: F32 tensors, and JSON under the metadata key `prep`.
struct TensorFile {
    static let metadataKey = "prep"

    var metadata: JSONValue
    var tensors: [(name: String, shape: [Int], values: [Float])]

    init(metadata: JSONValue, tensors: [(name: String, shape: [Int], values: [Float])]) {
        self.metadata = metadata
        self.tensors = tensors
    }

    /// Writes the file so that it is either whole or not there; the bytes depend on the content alone.
    func write(to path: String) throws(ShardError) {
        let header = SafetensorsHeader(
            tensors: tensors.map { ($0.name, .f32, $0.shape) },
            metadata: [Self.metadataKey: metadata.canonicalText])
        var bytes = header.encoded
        var byName: [String: [Float]] = [:]
        for tensor in tensors { byName[tensor.name] = tensor.values }
        bytes.reserveCapacity(bytes.count + header.bufferSize)
        for info in header.tensors {
            let values = (byName[info.name] ?? []).map { $0.bitPattern.littleEndian }
            values.withUnsafeBytes { bytes.append(contentsOf: $0) }
        }
        try FileSystem.write([bytes], to: path)
    }

    /// Reads a whole file.
    init(reading path: String) throws {
        let bytes = try FileSystem.read(path)
        let header = try bytes.withUnsafeBytes { buffer in
            try SafetensorsHeader(reading: buffer, fileSize: buffer.count, file: path)
        }
        guard let text = header.metadata[Self.metadataKey],
            let metadata = try? JSONValue(parsing: Array(text.utf8))
        else {
            throw TrainingError.malformedModel(file: path, reason: "its metadata have no key “prep”")
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
            parameter.set(tensor.values, in: buffer)
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
