// PNGs that are damaged, incomplete or odd. Oracle: libpng's reading of the same bytes.

import Dataset
import TestSupport
import Testing

@testable import Imaging

@Suite("Odd and damaged PNGs")
struct DamagedPNGTests {
    @Test(
        "a chunk that says it has 2^31 - 1 bytes is refused as what it is: cut off",
        arguments: ["tEXt", "zTXt", "iTXt", "eXIf", "iCCP", "sPLT", "prIv"])
    func endlessChunk(name: String) throws {
        var parts = try PNGParts("png-rgb-8.png")
        let chunk = PNGParts.bigEndian(0x7FFF_FFFF) + Array(name.utf8) + Array("Comment\0".utf8)
        parts.chunks.insert(chunk, at: parts.index(of: "IDAT"))
        #expect(decodeAlone(parts.bytes).error == .truncated(.png))
    }

    @Test("a large text and thousands of texts do not concern the pixels")
    func largeChunks() throws {
        let whole = try PNGParts("png-rgb-8.png")
        let expected = decodeAlone(whole.bytes)
        let text = PNGParts.chunk("tEXt", Array("Comment\0".utf8) + Array(repeating: 0x20, count: 1 << 20))
        let some = Array(repeating: PNGParts.chunk("iTXt", Array("a\0\0\0\0\0b".utf8)), count: 5_000)
        for chunks in [[text], some] {
            for place in ["IDAT", "IEND"] {
                var parts = whole
                parts.chunks.insert(contentsOf: chunks, at: parts.index(of: place))
                #expect(decodeAlone(parts.bytes) == expected)
            }
        }
    }

    @Test("a wrong checksum is damage, in pixels and before them, but not in what follows them")
    func checksums() throws {
        let whole = try PNGParts("png-rgb-8.png")
        let expected = decodeAlone(whole.bytes)
        func damaged(_ chunk: [UInt8], before place: String) -> Outcome {
            var parts = whole
            parts.chunks.insert(chunk.dropLast() + [chunk[chunk.count - 1] ^ 1], at: parts.index(of: place))
            return decodeAlone(parts.bytes)
        }
        let text = PNGParts.chunk("tEXt", Array("Comment\0hello".utf8))
        #expect(damaged(text, before: "IDAT").error == .corrupt(.png, "tEXt: CRC error"))
        #expect(damaged(text, before: "IEND") == expected)
        var parts = whole
        let last = parts.index(of: "IEND") - 1
        parts.chunks[last][parts.chunks[last].count - 1] ^= 1
        #expect(decodeAlone(parts.bytes).error == .corrupt(.png, "IDAT: CRC error"))
    }

    @Test(
        "transparency that libpng would leave out is damage; beside an alpha channel it counts for nothing, as in Pillow"
    )
    func transparency() throws {
        for (name, length, isFine) in [
            ("png-palette-1.png", 3, false), ("png-rgb-8.png", 5, false), ("png-rgba-8.png", 6, true),
        ] {
            var parts = try PNGParts(name)
            let expected = decodeAlone(parts.bytes)
            parts.chunks.removeAll { $0[4..<8].elementsEqual("tRNS".utf8) }
            parts.chunks.insert(
                PNGParts.chunk("tRNS", Array(repeating: 7, count: length)), at: parts.index(of: "IDAT"))
            let outcome = decodeAlone(parts.bytes)
            if isFine {
                #expect(outcome == expected, "\(name)")
            } else {
                #expect(outcome.error == .corrupt(.png, "tRNS: invalid"), "\(name)")
            }
        }
    }

    @Test("of packed texts, 4 MB are unpacked: XMP after them is ignored", arguments: [3, 4])
    func packedTexts(count: Int) throws {
        func packed(_ python: String) throws -> [UInt8] {
            let script = "import zlib; print(*zlib.compress(\(python)))"
            let output = try Tool.run("python3", ["-c", script]).output
            return output.split(whereSeparator: \.isWhitespace).compactMap { UInt8($0) }
        }
        let keyword = Array("XML:com.adobe.xmp\0\0".utf8)
        let large = PNGParts.chunk("zTXt", keyword + (try packed("bytes(1 << 20)")))
        let orientation = PNGParts.chunk("zTXt", keyword + (try packed("b'tiff:Orientation=\"3\"'")))
        var parts = try PNGParts("png-rgb-8.png")
        let upright = decodeAlone(parts.bytes)
        parts.chunks.insert(
            contentsOf: Array(repeating: large, count: count) + [orientation], at: parts.index(of: "IDAT"))
        #expect(decodeAlone(parts.bytes).error == nil)
        #expect((decodeAlone(parts.bytes) == upright) == (count == 4))
    }

    @Test("what follows the pixels may be missing or rubbish")
    func afterPixels() throws {
        let whole = try PNGParts("png-rgb-8.png")
        let expected = decodeAlone(whole.bytes)
        var parts = whole
        parts.chunks.removeLast()
        #expect(decodeAlone(parts.bytes) == expected)
        #expect(decodeAlone(parts.bytes + Array("rubbish".utf8)) == expected)
    }
}
