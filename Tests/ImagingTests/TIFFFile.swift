// A small TIFF writer for tests: one strip or tile, not compressed, little-endian.

/// The tags of a page and its pixels; what is changed here may be wrong on purpose.
struct TIFFFile {
    /// Values by tag. One value each, of 32 bits; strips begin at byte 8.
    var tags: [UInt16: UInt32]
    var pixels: [UInt8]

    /// A gray page of `width` x `height` samples of `bits` bits; `format` is 1 for unsigned, 2 for signed, 3 for float.
    init(width: Int, height: Int, bits: Int, format: Int = 1, pixels: [UInt8]) {
        self.pixels = pixels
        tags = [
            256: UInt32(width), 257: UInt32(height), 258: UInt32(bits), 259: 1, 262: 1, 273: 8, 277: 1,
            278: UInt32(height), 279: UInt32(pixels.count), 339: UInt32(format),
        ]
    }

    /// One row of floats.
    init(floats: [Float]) {
        let bytes = floats.flatMap { Self.littleEndian($0.bitPattern) }
        self.init(width: floats.count, height: 1, bits: 32, format: 3, pixels: bytes)
    }

    /// One row of integers of 32 bits.
    init(integers: [Int32]) {
        let bytes = integers.flatMap { Self.littleEndian(UInt32(bitPattern: $0)) }
        self.init(width: integers.count, height: 1, bits: 32, format: 2, pixels: bytes)
    }

    var bytes: [UInt8] {
        var data = Array("II".utf8) + [42, 0] + Self.littleEndian(UInt32(8 + pixels.count)) + pixels
        data += [UInt8(tags.count), 0]
        for (tag, value) in tags.sorted(by: { $0.key < $1.key }) {
            data += [UInt8(tag & 255), UInt8(tag >> 8), 4, 0, 1, 0, 0, 0] + Self.littleEndian(value)
        }
        return data + [0, 0, 0, 0]
    }

    private static func littleEndian(_ value: UInt32) -> [UInt8] {
        [0, 8, 16, 24].map { UInt8(truncatingIfNeeded: value >> $0) }
    }
}
