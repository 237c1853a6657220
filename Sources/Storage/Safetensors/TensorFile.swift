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
        let head = try file.read(0..<min(size, 8 + SafetensorsHeader.lengthLimit))
        return try head.withUnsafeBufferPointer { (bytes) throws(StorageError) in
            try SafetensorsHeader(reading: UnsafeRawBufferPointer(bytes), fileSize: size, file: path)
        }
    }

    /// Number of rows of a tensor.
    package func count(_ name: String) throws(StorageError) -> Int { try tensor(name).shape.first ?? 0 }

    /// The bytes of some rows, or of all.
    package func bytes(_ name: String, _ rows: Range<Int>? = nil) throws(StorageError) -> [UInt8] {
        try read(name, .u8, rows)
    }

    package func numbers(_ name: String, _ rows: Range<Int>? = nil) throws(StorageError) -> [UInt16] {
        try read(name, .u16, rows)[...].littleEndianIntegers()
    }

    package func numbers(_ name: String, _ rows: Range<Int>? = nil) throws(StorageError) -> [UInt32] {
        try read(name, .u32, rows)[...].littleEndianIntegers()
    }

    package func texts(_ name: String) throws(StorageError) -> [Key] {
        let (bytes, ends) = (try bytes(name), try numbers("\(name)_ends") as [UInt32])
        var start = 0
        var texts: [Key] = []
        for end in ends {
            guard start <= Int(end), Int(end) <= bytes.count else {
                throw .invalidTensor(file: file.path, tensor: name, reason: "its ends are not in order")
            }
            texts.append(Key(bytes: bytes[start..<Int(end)]))
            start = Int(end)
        }
        return texts
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

extension ArraySlice<UInt8> {
    package func littleEndianIntegers<T: FixedWidthInteger>() -> [T] {
        let width = T.bitWidth / 8
        return withUnsafeBytes { bytes in
            (0..<bytes.count / width).map {
                T(littleEndian: bytes.loadUnaligned(fromByteOffset: $0 * width, as: T.self))
            }
        }
    }
}
