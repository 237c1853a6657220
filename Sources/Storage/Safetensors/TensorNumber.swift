// The whole numbers that columns consist of.

/// A number of a tensor's column, stored in little-endian order.
package protocol TensorNumber: FixedWidthInteger, Sendable {
    static var tensorType: TensorType { get }
}

extension UInt8: TensorNumber { package static var tensorType: TensorType { .u8 } }
extension UInt16: TensorNumber { package static var tensorType: TensorType { .u16 } }
extension UInt32: TensorNumber { package static var tensorType: TensorType { .u32 } }
extension UInt64: TensorNumber { package static var tensorType: TensorType { .u64 } }

extension Array where Element: TensorNumber {
    var littleEndianBytes: [UInt8] { map(\.littleEndian).withUnsafeBytes { Array<UInt8>($0) } }
}
