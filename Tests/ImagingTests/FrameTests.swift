// WebP, TIFF, GIF and BMP: what is noted, what the rules for levels give, what is refused and how.
// Oracles: the rules themselves, written out; Pillow's pixels are in DecodingTests.

import Dataset
import TestSupport
import Testing

@testable import Imaging

@Suite("First frames")
struct FirstFrameTests {
    private func operations(_ bytes: [UInt8]) throws -> String {
        var decoder = ImageDecoder()
        var image = PixelBuffer()
        return try bytes.withUnsafeBytes { try decoder.decode($0, into: &image) }.text
    }

    @Test(
        "an animation or a file of several pages says so, others do not",
        arguments: [
            ("webp-animated.webp", "first-frame"), ("gif-animated.gif", "first-frame"),
            ("tiff-pages.tif", "first-frame"), ("webp-lossy.webp", ""), ("gif-palette.gif", ""),
            ("tiff-rgb-lzw.tif", ""), ("bmp-rgb.bmp", ""), ("png-gray-8.png", ""),
            ("tiff-orientation-6.tif", "oriented"), ("webp-exif-6.webp", "oriented"),
        ])
    func noted(name: String, expected: String) throws {
        #expect(try operations(Fixtures.bytes("images/\(name)")) == expected)
    }

    @Test("a page that is turned as well has both names")
    func both() throws {
        var file = TIFFFile(width: 2, height: 1, bits: 8, pixels: [10, 20])
        file.tags[274] = 6
        var bytes = file.bytes
        // A copy of the directory, which begins after header and pixels, follows it.
        bytes.replaceSubrange((bytes.count - 4)..., with: [UInt8(bytes.count), 0, 0, 0])
        bytes += bytes[10...].dropLast(4) + [0, 0, 0, 0]
        #expect(try operations(bytes) == "first-frame+oriented")
    }

    @Test("what follows the first frame of a GIF may be missing or rubbish")
    func afterFirst() throws {
        let bytes = try Fixtures.bytes("images/gif-palette.gif")
        let expected = decodeAlone(bytes)
        #expect(decodeAlone(bytes.dropLast()) == expected)
        #expect(decodeAlone(bytes.dropLast() + Array("rubbish".utf8)) == expected)
    }
}

@Suite("Levels of TIFF")
struct TIFFLevelTests {
    private func pixels(_ file: TIFFFile) -> [UInt8]? { decodeAlone(file.bytes).pixels }

    @Test("floats in 0...1 are scaled by 255, others in 0...255 stay, both rounded")
    func floats() {
        #expect(pixels(TIFFFile(floats: [0, 0.25, 0.5, 1])) == [0, 64, 128, 255])
        #expect(pixels(TIFFFile(floats: [0, 0.4, 0.5, 1.5, 254.5, 255])) == [0, 0, 1, 2, 255, 255])
        #expect(pixels(TIFFFile(floats: [-0.0, 0])) == [0, 0])
    }

    @Test("integers of 32 bits are levels in 0...255, also if all are 0 and 1")
    func integers() {
        #expect(pixels(TIFFFile(integers: [0, 1, 128, 255])) == [0, 1, 128, 255])
        #expect(pixels(TIFFFile(integers: [0, 1])) == [0, 1])
    }

    @Test("levels beyond the known ranges are refused with what was found")
    func beyond() {
        let range = "neither in 0...1 nor in 0...255"
        #expect(
            decodeAlone(TIFFFile(floats: [-0.5, 3]).bytes).error
                == .unsupportedKind(.tiff, "levels from -0.5 to 3, \(range)"))
        #expect(
            decodeAlone(TIFFFile(integers: [0, 65_535]).bytes).error
                == .unsupportedKind(.tiff, "levels from 0 to 65535, \(range)"))
        #expect(
            decodeAlone(TIFFFile(floats: [0, .nan, 1]).bytes).error
                == .unsupportedKind(.tiff, "levels that are not numbers (NaN)"))
        #expect(decodeAlone(TIFFFile(floats: [0, .infinity]).bytes).error != nil)
    }

    @Test("levels of 16 bits are scaled as those of a PNG")
    func deep() {
        let levels: [UInt16] = [0, 128, 129, 385, 386, 32_768, 65_407, 65_535]
        let file = TIFFFile(
            width: levels.count, height: 1, bits: 16,
            pixels: levels.flatMap { [UInt8($0 & 255), UInt8($0 >> 8)] })
        #expect(pixels(file) == levels.map { UInt8((Int($0) * 255 + 32_895) >> 16) })
    }
}

@Suite("Odd and damaged files of several formats")
struct DamagedFrameTests {
    @Test("a strip that reaches beyond the file is missing its end")
    func strip() {
        var file = TIFFFile(width: 4, height: 4, bits: 8, pixels: Array(0..<16))
        #expect(decodeAlone(file.bytes).pixels == Array(0..<16))
        file.tags[273] = 1_000
        #expect(decodeAlone(file.bytes).error == .truncated(.tiff))
        // Of what is not compressed, the size follows from the image, in Pillow too.
        (file.tags[273], file.tags[279]) = (8, 1_000)
        #expect(decodeAlone(file.bytes).pixels == Array(0..<16))
    }

    @Test(
        "kinds of TIFF that are not read are named",
        arguments: [
            (259, 34_925, "compression 34925"), (259, 6, "compression 6"), (262, 8, "colour model 8"),
            (258, 12, "samples of 12 bits, format 1, colour model 1"),
        ] as [(UInt16, UInt32, String)])
    func kinds(tag: UInt16, value: UInt32, reason: String) {
        var file = TIFFFile(width: 4, height: 4, bits: 8, pixels: Array(repeating: 7, count: 64))
        file.tags[tag] = value
        #expect(decodeAlone(file.bytes).error == .unsupportedKind(.tiff, reason))
    }

    @Test("a size beyond the limits is refused from the header alone")
    func sizes() throws {
        var tiff = TIFFFile(width: 60_000, height: 60_000, bits: 8, pixels: [0])
        let large = ImageSize(width: 60_000, height: 60_000)
        #expect(decodeAlone(tiff.bytes).error == .tooManyPixels(large, limit: 100_000_000))
        tiff = TIFFFile(width: 5_000, height: 5_000, bits: 8, pixels: [0])
        guard case .tooLargeExpansion? = decodeAlone(tiff.bytes).error else {
            Issue.record("accepted 25 megapixels from a few bytes")
            return
        }
        var bmp = try Fixtures.bytes("images/bmp-rgb.bmp")
        bmp.replaceSubrange(18..<26, with: [0x60, 0xEA, 0, 0, 0x60, 0xEA, 0, 0])
        #expect(decodeAlone(bmp).error == .tooManyPixels(large, limit: 100_000_000))
        var gif = try Fixtures.bytes("images/gif-palette.gif")
        gif.replaceSubrange(6..<10, with: [0x60, 0xEA, 0x60, 0xEA])
        #expect(decodeAlone(gif).error == .tooManyPixels(large, limit: 100_000_000))
        bmp.replaceSubrange(18..<26, with: [0, 0, 0, 0, 0, 0, 0, 0])
        #expect(decodeAlone(bmp).error == .unusable("0x0 pixels are no image"))
    }

    @Test("a tile may not be much larger than its image")
    func largeTile() {
        var file = TIFFFile(width: 1, height: 1, bits: 8, pixels: [0])
        for tag in [273, 278, 279] as [UInt16] { file.tags[tag] = nil }
        for (tag, value) in [(322, 65_536), (323, 65_536), (324, 8), (325, 1)] as [(UInt16, UInt32)] {
            file.tags[tag] = value
        }
        guard case .tooMuchMemory(let bytes, _)? = decodeAlone(file.bytes).error else {
            Issue.record("accepted a tile of 4 GB")
            return
        }
        #expect(bytes >= 65_536 * 65_536)
    }

    /// A gray GIF of three pixels whose codes of 3 bits are `codes`.
    private func gif(_ codes: [Int]) -> [UInt8] {
        let bits = codes.enumerated().reduce(0) { $0 | $1.element << (3 * $1.offset) }
        let head = Array("GIF89a".utf8) + [3, 0, 1, 0, 0, 0, 0] + [0x2C, 0, 0, 0, 0, 3, 0, 1, 0, 0, 2, 2]
        return head + [UInt8(bits & 255), UInt8(bits >> 8), 0, 0x3B]
    }

    @Test("codes of a GIF that stand for nothing are damage; giflib would make up pixels")
    func codes() {
        let (clear, end) = (4, 5)
        #expect(decodeAlone(gif([clear, 1, 6, end])).pixels == [1, 1, 1])
        let error = ImageError.corrupt(.gif, "an LZW code that stands for nothing")
        #expect(decodeAlone(gif([clear, 1, 7, end])).error == error)
        #expect(decodeAlone(gif([clear, 6, 1, end])).error == error)
        #expect(decodeAlone(gif([clear, 1, end])).error == .truncated(.gif))
    }

    @Test("a BMP of run lengths that ends early, and one of unknown bit fields, are refused")
    func bitmaps() throws {
        var bytes = try Fixtures.bytes("images/bmp-rle8.bmp")
        #expect(decodeAlone(bytes.dropLast(40)).error == .truncated(.bmp))
        bytes[30] = 2
        #expect(decodeAlone(bytes).error == .unsupportedKind(.bmp, "compression 2 of 8 bits"))
        var fields = try Fixtures.bytes("images/bmp-565.bmp")
        fields[54] ^= 1
        #expect(decodeAlone(fields).error == .unsupportedKind(.bmp, "an unknown layout of bit fields"))
    }
}

@Suite("Formats that are not decoded")
struct ForeignFormatTests {
    private static func box(_ brands: String) -> [UInt8] {
        [0, 0, 0, UInt8(8 + brands.utf8.count)] + Array("ftyp".utf8) + Array(brands.utf8)
    }

    @Test(
        "are named, with a command that converts them",
        arguments: [
            (box("avif\0\0\0\0avifmif1miaf"), "an AVIF", "avifdec in.avif out.png"),
            (box("mif1\0\0\0\0mif1avif"), "an AVIF", "avifdec in.avif out.png"),
            (box("heic\0\0\0\0mif1heic"), "a HEIC", "magick in.heic out.png"),
            (box("crx \0\0\0\u{1}crx isom"), "a raw photo (CR3)", "darktable-cli in.cr3 out.png"),
            ([0xFF, 0x0A, 0xFA, 0x1F], "a JPEG XL", "djxl in.jxl out.png"),
            ([0, 0, 0, 12] + Array("JXL \r\n".utf8) + [0x87, 10], "a JPEG XL", "djxl in.jxl out.png"),
            ([0, 0, 0, 12] + Array("jP  \r\n".utf8) + [0x87, 10], "a JPEG 2000", "magick in.jp2 out.png"),
            (Array("<?xml version=\"1.0\"?>\n<svg/>".utf8), "an SVG", "rsvg-convert in.svg -o out.png"),
            (Array("\u{FEFF} <svg/>".utf8), "an SVG", "rsvg-convert in.svg -o out.png"),
            (
                [0x49, 0x49, 42, 0, 16, 0, 0, 0] + Array("CR\u{2}\0".utf8), "a raw photo (CR2)",
                "darktable-cli in.cr2 out.png"
            ),
            (Array("FUJIFILMCCD-RAW 0201".utf8), "a raw photo (RAF)", "darktable-cli in.raf out.png"),
            (Array("IIU\0".utf8) + [24, 0, 0, 0], "a raw photo (RW2)", "darktable-cli in.rw2 out.png"),
            (Array("8BPS\0\u{1}".utf8), "a PSD", "magick in.psd[0] out.png"),
            (Array("%PDF-1.7".utf8), "a PDF", "pdftoppm -png in.pdf out"),
            (Array("P6\n2 2\n255\n".utf8), "a PNM", "magick in.pnm out.png"),
        ] as [([UInt8], String, String)])
    func named(bytes: [UInt8], name: String, conversion: String) {
        let error = decodeAlone(bytes).error
        #expect(error == .foreignFormat(name: name, conversion: conversion))
        #expect(
            error?.description
                == "\(name), which prep cannot read; convert it first, for example with \(conversion)")
    }

    @Test("a raw photo in a TIFF is refused, so that its preview is not taken for it")
    func rawTIFF() {
        var file = TIFFFile(width: 2, height: 2, bits: 8, pixels: [1, 2, 3, 4])
        file.tags[50706] = 0x0401  // DNGVersion
        #expect(decodeAlone(file.bytes).error == nil)  // of the wrong type, so libtiff ignores it
        file.tags[50706] = nil
        (file.tags[254], file.tags[330]) = (1, 8)
        #expect(decodeAlone(file.bytes).error == .unsupportedKind(.tiff, "raw data of a camera's sensor"))
    }

    @Test("what is no image is said to be none")
    func others() {
        #expect(decodeAlone(Array("PK\u{3}\u{4}".utf8)).error == .unsupportedFormat(found: "a zip archive"))
        #expect(decodeAlone(Self.box("isom\0\0\0\0mp42")).error == .unsupportedFormat(found: "a video"))
        #expect(
            decodeAlone(Array("BMW makes cars, not images".utf8)).error
                == .unsupportedFormat(found: "begins with 42 4d 57 20"))
        #expect(decodeAlone([1, 2]).error == .unsupportedFormat(found: "begins with 01 02"))
        for length in 0..<64 {
            #expect(decodeAlone(Array(Self.box("heic\0\0\0\0heic").prefix(length))).error != nil)
        }
    }
}
