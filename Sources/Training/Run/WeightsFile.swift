// The safetensors file of a model or a checkpoint.

internal import Dataset
internal import Foundation
internal import Shards
internal import Storage

/// Named F32 tensors, JSON under the metadata key `prep`, and a SHA-256 under `prep.digest`, because safetensors has
/// no checksum. The digest covers the whole file, with zeros in place of its own 64 digits.
struct WeightsFile {
    static let metadataKey: Key = "prep"
    static let digestKey: Key = "prep.digest"
    private static let noDigest = String(repeating: "0", count: 64)
    /// The largest header in bytes: a checkpoint's lists all epochs.
    private static let headerLimit = 4 << 20

    var metadata: JSONValue
    var tensors: [(name: String, shape: [Int], values: [Float])]

    init(metadata: JSONValue, tensors: [(name: String, shape: [Int], values: [Float])]) {
        self.metadata = metadata
        self.tensors = tensors
    }

    /// The bytes of the file, which depend on the content alone.
    ///
    /// - Parameter name: the file's name, for errors
    func encoded(for name: String) throws(StorageError) -> [[UInt8]] {
        let layout = SafetensorsHeader(tensors: tensors.map { ($0.name, .f32, $0.shape) }, metadata: [:])
        var buffer: [UInt8] = []
        buffer.reserveCapacity(layout.bufferSize)
        var byName: [String: [Float]] = [:]
        for tensor in tensors { byName[tensor.name] = tensor.values }
        for info in layout.tensors {
            let values = (byName[info.name] ?? []).map { $0.bitPattern.littleEndian }
            values.withUnsafeBytes { buffer.append(contentsOf: $0) }
        }
        func header(_ digest: String) -> SafetensorsHeader {
            SafetensorsHeader(
                tensors: tensors.map { ($0.name, .f32, $0.shape) },
                metadata: [Self.metadataKey: metadata.canonicalText, Self.digestKey: digest])
        }
        let unsigned = header(Self.noDigest)
        guard unsigned.size <= Self.headerLimit else {
            throw .system(
                path: name, action: "write",
                reason: "its header would be \(unsigned.size) bytes long, the limit is \(Self.headerLimit)")
        }
        let digest = Self.digest(unsigned.encoded[...], buffer[...])
        return [header(digest.hex).encoded, buffer]
    }

    private static func digest(_ parts: ArraySlice<UInt8>...) -> Digest {
        var builder = DigestBuilder()
        for part in parts { part.withUnsafeBytes { builder.update($0) } }
        return builder.finish()
    }

    /// Whether a file's bytes match its digest.
    private static func isIntact(_ bytes: [UInt8], _ header: SafetensorsHeader) -> Bool {
        guard let stated = header.metadata[digestKey], stated.utf8.count == noDigest.utf8.count,
            let place = bytes[..<header.size].firstRange(of: Array("\"\(digestKey)\":\"\(stated)\"".utf8))
        else { return false }
        let end = place.upperBound - 1
        let start = end - noDigest.utf8.count
        return digest(bytes[..<start], Array(noDigest.utf8)[...], bytes[end...]).hex == stated
    }

    /// Reads a whole file and checks its digest.
    init(reading path: String) throws {
        let file = try ReadableFile(path)
        // Its bytes are held, and then its numbers too. A sparse file is long in name alone.
        try file.require(Int(clamping: ProcessInfo.processInfo.physicalMemory / 2))
        let head = try file.read(0..<min(file.size, 8 + Self.headerLimit))
        let header = try head.withUnsafeBytes { buffer in
            try SafetensorsHeader(
                reading: buffer, fileSize: file.size, file: path, limit: Self.headerLimit)
        }
        let bytes = try file.read(0..<file.size)
        guard let text = header.metadata[Self.metadataKey] else {
            throw TrainingError.malformedModel(file: path, reason: "its metadata have no key “prep”")
        }
        guard Self.isIntact(bytes, header) else { throw TrainingError.damaged(file: path) }
        do throws(JSONProblem) {
            metadata = try JSONValue(parsing: Array(text.utf8))
        } catch {
            throw TrainingError.malformedModel(file: path, reason: "its metadata: \(error.reason)")
        }
        tensors = try header.tensors.map { info in
            guard info.type == .f32 else {
                throw TrainingError.malformedModel(
                    file: path, reason: "\(info.name.excerpt) is \(info.type.rawValue), not F32")
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

    /// Copies all parameters of an architecture into `buffer`, each from the tensor named `prefix` plus its name.
    func read(
        into buffer: FloatBuffer, of architecture: Architecture, prefix: String = "", file: String
    ) throws(TrainingError) {
        try requireTensors(of: architecture, prefix: prefix, file: file)
        for parameter in architecture.parameters {
            if let values = self[prefix + parameter.name]?.values { parameter.set(values, in: buffer) }
        }
    }

    /// - Throws: `TrainingError` if a parameter of the architecture is missing or has another shape
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

    /// All parameters of an architecture, copied from `buffer` into PyTorch's order.
    static func tensors(
        of buffer: FloatBuffer, _ architecture: Architecture, prefix: String = ""
    ) -> [(name: String, shape: [Int], values: [Float])] {
        architecture.parameters.map {
            (prefix + $0.name, $0.shape, $0.exported(from: buffer))
        }
    }
}
