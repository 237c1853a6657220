// Writes columns as the tensors of a safetensors file. Mirrors TensorFile.

package import Dataset

/// Columns to be written.
package struct TensorTable {
    /// Takes the next bytes of a file.
    package typealias Append = (_ bytes: [UInt8]) throws -> Void

    private var columns: [(name: String, type: TensorType, shape: [Int], write: (Append) throws -> Void)] = []

    package init() {}

    /// Adds a column of numbers, `width` of them for each row.
    package mutating func add<T: TensorNumber>(_ name: String, _ values: [T], width: Int = 1) {
        add(name, rows: values.count / width, width: width) { append in try append(values) }
    }

    /// Adds a column of numbers that are too many to hold: `write` passes them on in pieces when they are needed.
    package mutating func add<T: TensorNumber>(
        _ name: String, rows: Int, width: Int = 1,
        _ write: @escaping (_ append: (_ values: [T]) throws -> Void) throws -> Void
    ) {
        columns.append(
            (
                name, T.tensorType, width == 1 ? [rows] : [rows, width],
                { append in try write { values in try append(values.littleEndianBytes) } }
            ))
    }

    /// Adds a column of texts: their bytes, one after the other, and where each ends.
    package mutating func add(_ name: String, _ texts: some Sequence<Key>) {
        var (bytes, ends): ([UInt8], [UInt64]) = ([], [])
        for text in texts {
            bytes += text.bytes
            ends.append(UInt64(bytes.count))
        }
        add(name, bytes)
        add("\(name)_ends", ends)
    }

    /// Passes on the bytes of the file, in pieces.
    package func write(_ append: Append) throws {
        let header = SafetensorsHeader(tensors: columns.map { ($0.name, $0.type, $0.shape) }, metadata: [:])
        try append(header.encoded)
        for tensor in header.tensors {
            try columns.first { $0.name == tensor.name }?.write(append)
        }
    }
}
