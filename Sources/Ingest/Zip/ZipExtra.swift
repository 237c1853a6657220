// The extra fields of a record in a zip's directory: 64-bit sizes and names in Unicode.

internal import CZlib

/// The values of a directory record, taken from its extra fields where those have them.
struct ZipExtra {
    var size: UInt64
    var packedSize: UInt64
    var offset: UInt64
    /// Info-ZIP's extra name in UTF-8; the record's own name is in another encoding.
    var unicodeName: Range<Int>?

    init(
        _ bytes: [UInt8], _ fields: Range<Int>, name: Range<Int>, size: UInt32, packedSize: UInt32,
        offset: UInt32
    ) {
        self.size = UInt64(size)
        self.packedSize = UInt64(packedSize)
        self.offset = UInt64(offset)
        var position = fields.lowerBound
        while fields.upperBound - position >= 4 {
            let id = bytes.little16(position)
            let field = position + 4..<position + 4 + bytes.little16(position + 2)
            guard field.upperBound <= fields.upperBound else { break }
            switch id {
            case 0x0001:
                // Zip64: only values that do not fit into 32 bits, in this order.
                var rest = field
                func next() -> UInt64? {
                    guard rest.count >= 8 else { return nil }
                    defer { rest.removeFirst(8) }
                    return bytes.little64(rest.lowerBound)
                }
                if size == .max, let value = next() { self.size = value }
                if packedSize == .max, let value = next() { self.packedSize = value }
                if offset == .max, let value = next() { self.offset = value }
            case 0x7075 where field.count >= 5 && bytes[field.lowerBound] == 1:
                // Valid only if it carries the CRC of the record's name: tools that rename entries forget to update it.
                let crc = bytes[name].withUnsafeBytes { crc32_z(0, $0.baseAddress, $0.count) }
                if crc == UInt(bytes.little32(field.lowerBound + 1)), isValidUTF8(bytes[field.dropFirst(5)]) {
                    unicodeName = field.dropFirst(5)
                }
            default: break
            }
            position = field.upperBound
        }
    }
}

/// Little-endian numbers, as zips store them.
extension [UInt8] {
    func little16(_ index: Int) -> Int { Int(little(index, UInt16.self)) }
    func little32(_ index: Int) -> UInt32 { little(index, UInt32.self) }
    func little64(_ index: Int) -> UInt64 { little(index, UInt64.self) }

    private func little<T: FixedWidthInteger & BitwiseCopyable>(_ index: Int, _ type: T.Type) -> T {
        withUnsafeBytes { T(littleEndian: $0.loadUnaligned(fromByteOffset: index, as: type)) }
    }
}
