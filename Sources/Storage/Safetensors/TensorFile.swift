// Reads the columns that TensorTable writes, whole or in part.

package import Dataset

/// A safetensors file, whose tensors are read by rows. What its header says is checked; what the tensors hold is not.
package struct TensorFile: ~Copyable, Sendable {
    private let file: ReadableFile
    private let header: SafetensorsHeader

    package init(_ path: String) throws(StorageError) {
        let file = try ReadableFile(path, followsLinks: false)
        header = try Self.header(of: file)
        self.file = file
    }

    private static func header(
        of file: borrowing ReadableFile
    ) throws(StorageError) -> SafetensorsHeader {
        let (path, size) = (file.path, file.size)
        // Most headers are short.
        var head = try file.read(0..<min(size, 1 << 12))
        let length = [UInt64](littleEndian: head.prefix(8)).first ?? 0
        if head.count >= 8, length > UInt64(head.count - 8), length <= SafetensorsHeader.lengthLimit {
            head = try file.read(0..<min(size, 8 + Int(length)))
        }
        return try head.withUnsafeBufferPointer { (bytes) throws(StorageError) in
            try SafetensorsHeader(reading: UnsafeRawBufferPointer(bytes), fileSize: size, file: path)
        }
    }

    /// The bytes before the first tensor.
    package var headerBytes: [UInt8] { get throws(StorageError) { try file.read(0..<header.size) } }

    /// Number of rows of a tensor.
    package func count(_ name: String) throws(StorageError) -> Int { try tensor(name).shape.first ?? 0 }

    package func shape(_ name: String) throws(StorageError) -> [Int] { try tensor(name).shape }

    /// The numbers of some rows, or of all.
    package func numbers<T: TensorNumber>(
        _ name: String, _ rows: Range<Int>? = nil
    ) throws(StorageError) -> [T] {
        [T](littleEndian: try read(name, T.tensorType, rows)[...])
    }

    /// The bytes of some rows, or of all.
    package func bytes(_ name: String, _ rows: Range<Int>? = nil) throws(StorageError) -> [UInt8] {
        try read(name, .u8, rows)
    }

    /// The texts of some rows, or of all.
    package func texts(_ name: String, _ rows: Range<Int>? = nil) throws(StorageError) -> [Key] {
        let count = try count("\(name)_ends")
        let rows = rows ?? 0..<count
        guard !rows.isEmpty else { return [] }
        let ends: [UInt64] = try numbers("\(name)_ends", max(rows.lowerBound - 1, 0)..<rows.upperBound)
        let total = UInt64(try self.count(name))
        let bounds = rows.lowerBound == 0 ? [0] + ends : ends
        guard zip(bounds, bounds.dropFirst()).allSatisfy(<=), (bounds.last ?? 0) <= total else {
            throw .invalidTensor(file: file.path, tensor: name, reason: "its ends are not in order")
        }
        let first = Int(bounds[0])
        let bytes = try bytes(name, first..<Int(bounds[bounds.count - 1]))
        return zip(bounds, bounds.dropFirst()).map { start, end in
            Key(bytes: bytes[Int(start) - first..<Int(end) - first])
        }
    }

    /// Fills `buffer` with the bytes of rows from `first` on.
    package func read(
        _ name: String, from first: Int, into buffer: UnsafeMutableRawBufferPointer
    ) throws(StorageError) {
        let tensor = try tensor(name)
        let start = tensor.range.lowerBound + first * width(tensor)
        guard first >= 0, start + buffer.count <= tensor.range.upperBound else { throw beyond(name) }
        try file.read(at: header.size + start, into: buffer)
    }

    private func tensor(_ name: String) throws(StorageError) -> TensorInfo {
        guard let tensor = header[name], !tensor.shape.isEmpty else {
            throw .invalidTensor(file: file.path, tensor: name, reason: "missing")
        }
        return tensor
    }

    private func width(_ tensor: TensorInfo) -> Int { tensor.shape.dropFirst().reduce(tensor.type.size, *) }

    private func beyond(_ name: String) -> StorageError {
        .invalidTensor(file: file.path, tensor: name, reason: "has fewer rows than are needed")
    }

    private func read(_ name: String, _ type: TensorType, _ rows: Range<Int>?) throws(StorageError) -> [UInt8]
    {
        let tensor = try tensor(name)
        guard tensor.type == type else {
            throw .invalidTensor(file: file.path, tensor: name, reason: "not of type \(type.rawValue)")
        }
        let rows = rows ?? 0..<tensor.shape[0]
        guard rows.upperBound <= tensor.shape[0] else { throw beyond(name) }
        let start = header.size + tensor.range.lowerBound
        return try file.read(
            start + rows.lowerBound * width(tensor)..<start + rows.upperBound * width(tensor))
    }
}
