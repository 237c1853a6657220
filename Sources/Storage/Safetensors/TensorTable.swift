// Writes columns as the tensors of a safetensors file. Mirrors TensorFile.

package import Dataset

/// Columns to be written.
package struct TensorTable {
    private var columns: [(name: String, type: TensorType, shape: [Int], bytes: [UInt8])] = []

    package init() {}

    /// Adds a column of bytes, `width` of them for each row.
    package mutating func add(_ name: String, _ values: [UInt8], width: Int = 1) {
        columns.append((name, .u8, width == 1 ? [values.count] : [values.count / width, width], values))
    }

    package mutating func add(_ name: String, _ values: [UInt16]) { add(name, .u16, values) }

    package mutating func add(_ name: String, _ values: [UInt32]) { add(name, .u32, values) }

    /// Adds a column of texts: their bytes, one after the other, and where each ends.
    package mutating func add(_ name: String, _ texts: some Sequence<Key>) {
        var (bytes, ends): ([UInt8], [UInt32]) = ([], [])
        for text in texts {
            bytes += text.bytes
            ends.append(UInt32(bytes.count))
        }
        add(name, bytes)
        add("\(name)_ends", ends)
    }

    private mutating func add<T: FixedWidthInteger>(_ name: String, _ type: TensorType, _ values: [T]) {
        columns.append(
            (name, type, [values.count], values.map(\.littleEndian).withUnsafeBytes { Array($0) }))
    }

    /// The bytes of the file, in pieces.
    package var file: [[UInt8]] {
        let header = SafetensorsHeader(tensors: columns.map { ($0.name, $0.type, $0.shape) }, metadata: [:])
        let bytes = Dictionary(uniqueKeysWithValues: columns.map { ($0.name, $0.bytes) })
        return [header.encoded] + header.tensors.compactMap { bytes[$0.name] }
    }
}
