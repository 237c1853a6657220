// The whole numbers that columns consist of.

/// A number of a tensor's column, stored in little-endian order.
package protocol TensorNumber: FixedWidthInteger, Sendable {
    static var tensorType: TensorType { get }
}

extension UInt8: TensorNumber { package static var tensorType: TensorType { .u8 } }
extension UInt16: TensorNumber { package static var tensorType: TensorType { .u16 } }
extension UInt32: TensorNumber { package static var tensorType: TensorType { .u32 } }
extension UInt64: TensorNumber { package static var tensorType: TensorType { .u64 } }

// On most machines, numbers are in memory as they are stored. Copying them one by one takes long in generic code.
private let isLittleEndian = 1.littleEndian == 1

extension Array where Element: FixedWidthInteger {
    package var littleEndianBytes: [UInt8] {
        (isLittleEndian ? self : map(\.littleEndian)).withUnsafeBytes { Array<UInt8>($0) }
    }

    /// The numbers that `bytes` hold. An incomplete last one is left out.
    package init(littleEndian bytes: ArraySlice<UInt8>) {
        let count = bytes.count / (Element.bitWidth / 8)
        let numbers = Self(unsafeUninitializedCapacity: count) { numbers, initialized in
            UnsafeMutableRawBufferPointer(numbers).copyBytes(from: bytes.prefix(count * Element.bitWidth / 8))
            initialized = count
        }
        self = isLittleEndian ? numbers : numbers.map { Element(littleEndian: $0) }
    }
}
