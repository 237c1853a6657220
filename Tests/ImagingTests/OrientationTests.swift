// Orientation out of EXIF and XMP. Oracle: Pillow 13's exif_transpose, on the same bytes.

import Dataset
import TestSupport
import Testing

@testable import Imaging

@Suite("Orientation")
struct OrientationTests {
    private func orientation(exif: [UInt8]? = nil, xmp: String? = nil) -> Int {
        func read(_ bytes: [UInt8]?, _ body: (UnsafeRawBufferPointer?) -> Int) -> Int {
            guard let bytes else { return body(nil) }
            // No byte more than there are, so that a sanitizer sees reading beyond them.
            let exact = UnsafeMutableRawBufferPointer.allocate(byteCount: bytes.count, alignment: 1)
            defer { exact.deallocate() }
            exact.copyBytes(from: bytes)
            return body(UnsafeRawBufferPointer(exact))
        }
        return read(exif) { exif in
            read(xmp.map { Array($0.utf8) }) { Orientation(exif: exif, xmp: $0).rawValue }
        }
    }

    /// A directory of entries (tag, type, count, value or offset), little-endian, with bytes after it.
    private func tiff(
        _ entries: [(tag: Int, type: Int, count: Int, value: Int)], magic: [UInt8] = [0x49, 0x49, 42, 0],
        after: [UInt8] = []
    ) -> [UInt8] {
        func little(_ value: Int, _ count: Int) -> [UInt8] {
            (0..<count).map { UInt8(truncatingIfNeeded: value >> (8 * $0)) }
        }
        let body = entries.flatMap {
            little($0.tag, 2) + little($0.type, 2) + little($0.count, 4) + little($0.value, 4)
        }
        return magic + little(8, 4) + little(entries.count, 2) + body + little(0, 4) + after
    }

    @Test("is the tag of any integer type, and the first value of many")
    func types() {
        for (type, expected) in [
            (3, 6), (4, 6), (6, 6), (8, 6), (9, 6), (13, 6), (1, 1), (2, 1), (7, 1), (0, 1), (99, 1),
        ] {
            #expect(orientation(exif: tiff([(0x112, type, 1, 6)])) == expected, "type \(type)")
        }
        let eight: [UInt8] = [5, 0, 6, 0, 7, 0, 8, 0]
        #expect(orientation(exif: tiff([(0x112, 3, 2, 0x0007_0006)])) == 6)
        #expect(orientation(exif: tiff([(0x112, 3, 4, 26)], after: eight)) == 5)
        #expect(orientation(exif: tiff([(0x112, 3, 4, 27)], after: eight)) == 1)  // one byte too many
        #expect(orientation(exif: tiff([(0x112, 3, 0, 6)])) == 1)
        #expect(orientation(exif: tiff([(0x112, 3, 1, 9)])) == 1)
        #expect(orientation(exif: tiff([(0x112, 3, 1, 0)])) == 1)
        #expect(orientation(exif: tiff([(0x112, 4, 1, 0x1_0006)])) == 1)
    }

    @Test("is that of the first tag that can be read")
    func entries() {
        #expect(orientation(exif: tiff([(0x112, 3, 1, 3), (0x112, 3, 1, 8)])) == 3)
        #expect(orientation(exif: tiff([(0x112, 99, 1, 3), (0x112, 3, 1, 8)])) == 8)
        #expect(
            orientation(exif: tiff([(0x10F, 2, 10, 26), (0x112, 3, 1, 8)], after: Array("Maker Inc.".utf8)))
                == 8)
        // A value that lies outside ends the directory for Pillow, one that is larger than all does not.
        #expect(orientation(exif: tiff([(0x10F, 2, 10, 4_000_000_000), (0x112, 3, 1, 8)])) == 1)
        #expect(orientation(exif: tiff([(0x10F, 2, 4_000_000_000, 26), (0x112, 3, 1, 8)])) == 8)
        let cut = tiff([(0x112, 3, 1, 3), (0x128, 3, 1, 2)])
        for length in 0..<cut.count {
            #expect(orientation(exif: Array(cut.prefix(length))) == (length < 22 ? 1 : 3))
        }
    }

    @Test("is read in either byte order, and after one more prefix")
    func headers() {
        let big: [UInt8] = [0x4D, 0x4D, 0, 42, 0, 0, 0, 8, 0, 1, 1, 0x12, 0, 3, 0, 0, 0, 1, 0, 6, 0, 0]
        #expect(orientation(exif: big) == 6)
        #expect(orientation(exif: [0x4D, 0x4D, 42, 0] + big.dropFirst(4)) == 6)
        #expect(orientation(exif: tiff([(0x112, 3, 1, 6)], magic: [0x49, 0x49, 0, 42])) == 6)
        #expect(orientation(exif: tiff([(0x112, 3, 1, 6)], magic: [0x49, 0x49, 43, 0])) == 1)
        #expect(orientation(exif: tiff([(0x112, 3, 1, 6)], magic: [0x49, 0x4D, 42, 0])) == 1)
        #expect(orientation(exif: Array("Exif\0\0".utf8) + big) == 6)
        #expect(orientation(exif: Array("Exif\0\0Exif\0\0".utf8) + big) == 1)
        for offset: UInt8 in [0, 7, 200, 255] {
            #expect(orientation(exif: big[0..<4] + [offset, offset, offset, offset] + big.dropFirst(8)) == 1)
        }
    }

    @Test("is that of XMP where EXIF says nothing")
    func xmp() {
        #expect(orientation(xmp: "<tiff:Orientation>6</tiff:Orientation>") == 6)
        #expect(orientation(xmp: "<a tiff:Orientation=\"8\"/>") == 8)
        #expect(orientation(xmp: "tiff:Orientation='6'") == 1)
        #expect(orientation(xmp: "tiff:Orientation=\"x\" tiff:Orientation=\"5\"") == 5)
        #expect(orientation(xmp: "tiff:Orientatiotiff:Orientation>3") == 3)
        #expect(orientation(xmp: "tiff:Orientation>16") == 1)
        for cut in ["", "tiff:Orientation", "tiff:Orientation=", "tiff:Orientation=\"", "tiff:Orientation>"] {
            #expect(orientation(xmp: cut) == 1)
        }
        #expect(orientation(exif: tiff([(0x10F, 3, 1, 8)]), xmp: "tiff:Orientation>6") == 6)
        #expect(orientation(exif: tiff([(0x112, 3, 1, 1)]), xmp: "tiff:Orientation>6") == 1)
        #expect(orientation(exif: tiff([(0x112, 1, 1, 8)]), xmp: "tiff:Orientation>6") == 1)
        #expect(orientation(exif: [], xmp: "tiff:Orientation>6") == 6)
        #expect(orientation(exif: [0x4D, 0x4D], xmp: "tiff:Orientation>6") == 1)
    }

    /// Pixels that `Orientation` turns as the goldens are turned.
    private func turned(_ name: String, _ orientation: Orientation) throws -> [UInt8] {
        guard case .pixels(let shape, let pixels, _) = decodeAlone(try Fixtures.bytes("images/\(name)"))
        else { return [] }
        var upright = PixelBuffer()
        orientation.makeUpright(PixelBuffer(pixels, shape: shape), into: &upright)
        return Array(upright.bytes)
    }

    /// A zlib stream (RFC 1950) of one stored block.
    private static func zlib(_ bytes: [UInt8]) -> [UInt8] {
        let count = UInt16(bytes.count)
        let adler = bytes.reduce((a: UInt32(1), b: UInt32(0))) { sums, byte in
            let a = (sums.a + UInt32(byte)) % 65521
            return (a, (sums.b + a) % 65521)
        }
        let sum = adler.b << 16 | adler.a
        return [
            0x78, 0x01, 1, UInt8(count & 255), UInt8(count >> 8), UInt8(~count & 255), UInt8(~count >> 8),
        ]
            + bytes + [24, 16, 8, 0].map { UInt8(sum >> UInt32($0) & 255) }
    }

    @Test("of a PNG is in its last eXIf chunk, before or after the pixels, else in its XMP")
    func png() throws {
        let exif = { (value: Int) in PNGParts.chunk("eXIf", tiff([(0x112, 3, 1, value)])) }
        let xmp = { (value: Int, flags: [UInt8]) in
            let text = Array("<tiff:Orientation>\(value)</tiff:Orientation>".utf8)
            return PNGParts.chunk(
                "iTXt", Array("XML:com.adobe.xmp\0".utf8) + flags + Array("en\0XMP\0".utf8) + text)
        }
        func decode(first: [[UInt8]], last: [[UInt8]] = []) throws -> [UInt8]? {
            var parts = try PNGParts("png-rgb-8.png")
            parts.chunks.insert(contentsOf: last, at: parts.index(of: "IEND"))
            parts.chunks.insert(contentsOf: first, at: parts.index(of: "IDAT"))
            return decodeAlone(parts.bytes).pixels
        }
        func expect(_ orientation: Orientation) throws -> [UInt8] { try turned("png-rgb-8.png", orientation) }
        #expect(try decode(first: [exif(6)]) == expect(.rotated90))
        #expect(try decode(first: [], last: [exif(6)]) == expect(.rotated90))
        #expect(try decode(first: [exif(6)], last: [exif(3)]) == expect(.rotated180))
        #expect(try decode(first: [xmp(8, [0, 0])]) == expect(.rotated270))
        #expect(try decode(first: [xmp(8, [0, 0])], last: [exif(3)]) == expect(.rotated180))
        #expect(try decode(first: [], last: [xmp(3, [0, 0]), xmp(8, [0, 0])]) == expect(.rotated270))
        #expect(try decode(first: [xmp(8, [1, 0])]) == expect(.upright))  // said to be packed, and is not
        let keyword = Array("XML:com.adobe.xmp\0".utf8)
        let text = Array("<tiff:Orientation>8</tiff:Orientation>".utf8)
        for chunk in [
            PNGParts.chunk("tEXt", keyword + text), PNGParts.chunk("zTXt", keyword + [0] + Self.zlib(text)),
            PNGParts.chunk("iTXt", keyword + [1, 0, 0, 0] + Self.zlib(text)),
        ] { #expect(try decode(first: [], last: [chunk]) == expect(.rotated270)) }
        #expect(try decode(first: [PNGParts.chunk("eXIf", [])]) == expect(.upright))
        // As programs wrote it before there was eXIf, which counts if there is one.
        let digits = (Array("Exif\0\0".utf8) + tiff([(0x112, 3, 1, 6)])).map {
            String($0 >> 4, radix: 16) + String($0 & 15, radix: 16)
        }.joined()
        let lines = digits.prefix(72) + "\n" + digits.dropFirst(72) + "\n"
        let profile = Array("\nexif\n      \(digits.count / 2)\n\(lines)".utf8)
        let name = Array("Raw profile type exif\0".utf8)
        for chunk in [
            PNGParts.chunk("tEXt", name + profile), PNGParts.chunk("zTXt", name + [0] + Self.zlib(profile)),
        ] {
            #expect(try decode(first: [chunk]) == expect(.rotated90))
            #expect(try decode(first: [chunk], last: [exif(3)]) == expect(.rotated180))
        }
        for cut in profile.indices {
            _ = try decode(first: [PNGParts.chunk("tEXt", name + profile[..<cut])])
        }
        for cut in 0..<25 {
            let text = Array("XML:com.adobe.xmp\0\0\0en\0XMP\0".utf8).prefix(cut)
            #expect(try decode(first: [PNGParts.chunk("iTXt", Array(text))]) == expect(.upright))
        }
    }

    @Test("of a JPEG is in its Exif segments before the first scan, else in its last XMP segment")
    func jpeg() throws {
        let exif = { (value: Int) in
            JPEGParts.segment(0xE1, Array("Exif\0\0".utf8) + tiff([(0x112, 3, 1, value)]))
        }
        let xmp = { (value: Int) in
            let packet = Array("<a tiff:Orientation=\"\(value)\"/>".utf8)
            return JPEGParts.segment(0xE1, Array("http://ns.adobe.com/xap/1.0/\0".utf8) + packet)
        }
        func decode(_ segments: [[UInt8]], atEnd: Bool = false) throws -> [UInt8]? {
            var parts = try JPEGParts("jpeg-rgb-444.jpg")
            parts.segments.insert(contentsOf: segments, at: atEnd ? parts.segments.count : 1)
            return decodeAlone(parts.bytes).pixels
        }
        func expect(_ orientation: Orientation) throws -> [UInt8] {
            try turned("jpeg-rgb-444.jpg", orientation)
        }
        #expect(try decode([exif(6)]) == expect(.rotated90))
        #expect(try decode([xmp(8)]) == expect(.rotated270))
        #expect(try decode([xmp(8), xmp(3)]) == expect(.rotated180))
        #expect(try decode([xmp(8), exif(6)]) == expect(.rotated90))
        #expect(try decode([exif(6), exif(3)]) == expect(.rotated90))  // the second is more of the first
        #expect(try decode([exif(6)], atEnd: true) == expect(.upright))
        let many = Array(repeating: JPEGParts.segment(0xE1, []), count: 200_000)
        #expect(try decode(many + [exif(6)]) == expect(.rotated90))
    }
}
