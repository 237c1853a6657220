// Oracle: Pillow, through fixtures/images/golden.txt (Tests/Oracles/make_images.py).

import Dataset
import TestSupport
import Testing

@testable import Imaging

@Suite("Decoding")
struct DecodingTests {
    /// Decodes `bytes` and returns shape and pixels.
    private func decode(
        _ bytes: [UInt8], limits: ImageLimits = ImageLimits()
    ) throws(ImageError) -> (shape: ImageShape, pixels: [UInt8]) {
        var decoder = ImageDecoder(limits: limits)
        var image = PixelBuffer()
        _ = try bytes.withUnsafeBufferPointer { (buffer) throws(ImageError) in
            try decoder.decode(UnsafeRawBufferPointer(buffer), into: &image)
        }
        return (image.shape, Array(image.bytes))
    }

    @Test(
        "every kind of image decodes to Pillow's pixels",
        arguments: try Fixtures.lines("images/golden.txt"))
    func golden(line: String) throws {
        let fields = line.split(separator: " ").map(String.init)
        try #require(fields.count == 6)
        let (shape, pixels) = try decode(Fixtures.bytes("images/\(fields[0])"))
        #expect(shape.size == ImageSize(width: Int(fields[1]) ?? 0, height: Int(fields[2]) ?? 0))
        #expect(shape.channels == Int(fields[3]))
        #expect(Digest(of: pixels).hex == fields[4])

        var image = PixelBuffer(pixels, shape: shape)
        var workspace = Workspace()
        Grayscale().apply(to: &image, workspace: &workspace)
        #expect(Digest(of: Array(image.bytes)).hex == fields[5])
    }

    @Test("a broken image throws what is wrong with it")
    func broken() throws {
        #expect(throws: ImageError.empty) { try decode(Fixtures.bytes("images/empty.png")) }
        #expect(throws: ImageError.truncated(.jpeg)) { try decode(Fixtures.bytes("images/truncated.jpg")) }
        #expect(throws: ImageError.truncated(.png)) { try decode(Fixtures.bytes("images/truncated.png")) }
        #expect(throws: ImageError.unsupportedFormat(found: "a web page")) {
            try decode(Fixtures.bytes("images/not-an-image.jpg"))
        }
        let corrupt = #expect(throws: ImageError.self) {
            try decode(Fixtures.bytes("images/corrupt-crc.png"))
        }
        #expect(corrupt?.description.hasPrefix("corrupt PNG: ") == true)
    }

    @Test(
        "an image cut anywhere throws or decodes, and never crashes",
        arguments: [
            "png-rgba-8-interlaced.png", "jpeg-rgb-420.jpg", "webp-lossy.webp", "webp-lossless-alpha.webp",
            "webp-animated.webp", "tiff-rgb-lzw.tif", "tiff-rgb-planes-tiles-big.tif", "tiff-pages.tif",
            "tiff-rgb-jpeg.tif", "gif-interlaced.gif", "gif-animated.gif", "gif-part.gif", "bmp-rle4.bmp",
            "bmp-rle8.bmp", "bmp-565.bmp", "bmp-palette.bmp",
        ])
    func cutAnywhere(name: String) throws {
        let bytes = try Fixtures.bytes("images/\(name)")
        let whole = try decode(bytes)
        for length in 0..<bytes.count {
            if let cut = try? decode(Array(bytes.prefix(length))) { #expect(cut == whole) }
        }
    }

    @Test(
        "an image with any byte changed throws or decodes, and never crashes",
        arguments: [
            "png-palette-8.png", "jpeg-rgb-progressive.jpg", "webp-lossy-alpha.webp", "webp-lossless.webp",
            "tiff-cmyk.tif", "tiff-group4.tif", "tiff-float-32.tif", "tiff-rgb-jpeg.tif", "tiff-rgb-zstd.tif",
            "gif-transparent.gif", "gif-part.gif", "bmp-rle8.bmp", "bmp-rgba.bmp", "bmp-os2.bmp",
        ])
    func changedAnywhere(name: String) throws {
        let bytes = try Fixtures.bytes("images/\(name)")
        var decoded = 0
        for index in bytes.indices {
            var changed = bytes
            changed[index] ^= 0x55
            if (try? decode(changed)) != nil { decoded += 1 }
        }
        #expect(decoded < bytes.count)
    }

    @Test("a strip of JPEG in a TIFF may hold more rows than the image, as other strips may")
    func longerStrip() throws {
        let whole = try Fixtures.bytes("images/tiff-rgb-jpeg.tif")
        var shorter = whole
        let directory = 0x10A
        let height = try #require(
            stride(from: directory + 2, to: whole.count - 12, by: 12).first {
                whole[$0] == 1 && whole[$0 + 1] == 1
            })
        try #require(whole[height + 8] == 17)
        shorter[height + 8] = 12
        let pixels = try #require(decodeAlone(whole).pixels)
        #expect(decodeAlone(shorter).pixels == Array(pixels.prefix(23 * 12 * 3)))
    }

    @Test("a lossless WebP with alpha has it, whether its container says so or not")
    func quietAlpha() throws {
        let plain = try Fixtures.bytes("images/webp-lossless-alpha.webp")
        // RIFF container: VP8X has flags, three bytes of zeros, and width and height less one in three bytes each.
        let size: [UInt8] = [22, 0, 0, 16, 0, 0]
        for flags in [0, 0x10] as [UInt8] {
            let extended = Array("VP8X".utf8) + [10, 0, 0, 0, flags, 0, 0, 0] + size
            let body = Array("WEBP".utf8) + extended + plain[12...]
            let bytes =
                Array("RIFF".utf8) + withUnsafeBytes(of: UInt32(body.count).littleEndian, Array.init) + body
            #expect(decodeAlone(bytes) == decodeAlone(plain))
        }
    }

    @Test("an image beyond the limits is refused before it costs memory")
    func limits() throws {
        let bomb = #expect(throws: ImageError.self) { try decode(Fixtures.bytes("images/bomb.png")) }
        #expect(bomb?.description.contains("limit") == true || bomb?.description.contains("expands") == true)
        var limits = ImageLimits()
        limits.pixels = 10
        #expect(throws: ImageError.self) {
            try decode(Fixtures.bytes("images/png-gray-8.png"), limits: limits)
        }
    }

    @Test("a side of 65,536 pixels is the longest")
    func longestSide() throws {
        let limits = ImageLimits()
        for (width, height) in [(1, 65_536), (65_536, 1)] {
            let shape = ImageShape(size: ImageSize(width: width, height: height), channels: 1)
            try limits.check(shape, encodedBytes: 100, memory: shape.byteCount)
        }
        for (width, height) in [(1, 65_537), (65_537, 1)] {
            let size = ImageSize(width: width, height: height)
            #expect(throws: ImageError.tooLongSide(size, limit: 65_536)) {
                try limits.check(
                    ImageShape(size: size, channels: 1), encodedBytes: 1 << 20, memory: size.area)
            }
        }
    }

    @Test("decoding a small file may take 128 MB, a larger one 128 bytes for each of its own")
    func memory() throws {
        let limits = ImageLimits()
        for (encoded, limit) in [(1, 176 << 20), (1 << 20, 176 << 20), (3 << 20, 384 << 20)] {
            try limits.check(memory: limit, encodedBytes: encoded)
            #expect(throws: ImageError.tooMuchMemory(bytes: limit + 1, limit: limit)) {
                try limits.check(memory: limit + 1, encodedBytes: encoded)
            }
        }
    }
}

@Suite("Gray straight from JPEG planes")
struct GrayShortCutTests {
    /// Oracle: libjpeg's RGB and the gray conversion, one after the other.
    @Test("equals decoding to colour and converting, for every size from 1x1 to 40x40")
    func sizes() throws {
        let encoder = JPEGEncoder()
        for width in 1...40 {
            for height in [1, 2, 3, 7, 8, 15, 16, 17, 33, 40] {
                let size = ImageSize(width: width, height: height)
                var random = SeededRandom(seed: 1, purpose: .synthesis, sample: UInt64(width * 100 + height))
                let rgb = (0..<size.area * 3).map { _ in UInt8(truncatingIfNeeded: random.next()) }
                let bytes = try encoder.encode(rgb: rgb, size: size, quality: 95)
                #expect(try gray(bytes, shortCut: true) == gray(bytes, shortCut: false), "\(size)")
            }
        }
    }

    @Test("the vectors give what the plain loop gives")
    func vectors() throws {
        let encoder = JPEGEncoder()
        let size = ImageSize(width: 77, height: 31)
        var random = SeededRandom(seed: 2, purpose: .synthesis)
        let rgb = (0..<size.area * 3).map { _ in UInt8(truncatingIfNeeded: random.next()) }
        let bytes = try encoder.encode(rgb: rgb, size: size, quality: 100)
        let results = try [true, false].map { vectors in
            var decoder = JPEGDecoder()
            var image = PixelBuffer()
            var scratch = PixelBuffer()
            decoder.useVectors = vectors
            _ = try bytes.withUnsafeBytes {
                try decoder.decode(
                    $0, wantsGray: true, into: &image, scratch: &scratch, limits: ImageLimits())
            }
            return Array(image.bytes)
        }
        #expect(results[0] == results[1])
    }

    /// Oracle: Pillow's draft (Tests/Oracles/make_draft_goldens.py).
    @Test(
        "with a target, JPEGs are scaled as Pillow's draft does",
        arguments: try Fixtures.lines("draft-golden.txt"))
    func draft(line: String) throws {
        let fields = line.split(separator: " ").map(String.init)
        try #require(fields.count == 4)
        func size(_ text: String) -> ImageSize {
            let parts = text.split(separator: "x").compactMap { Int($0) }
            return ImageSize(width: parts[0], height: parts[1])
        }
        let bytes = try Fixtures.bytes("images/\(fields[0])")
        var full = ImageDecoder()
        var scaled = ImageDecoder(target: size(fields[1]))
        var image = PixelBuffer()
        _ = try bytes.withUnsafeBytes { try full.decode($0, into: &image) }
        let source = image.shape.size
        _ = try bytes.withUnsafeBytes { try scaled.decode($0, into: &image) }
        #expect(image.shape.size == size(fields[2]) && scaled.sourceSize == source)
        #expect(Digest(of: Array(image.bytes)).hex == fields[3])
    }

    private func gray(_ bytes: [UInt8], shortCut: Bool) throws -> [UInt8] {
        var decoder = ImageDecoder(wantsGray: shortCut)
        var image = PixelBuffer()
        var workspace = Workspace()
        _ = try bytes.withUnsafeBytes { try decoder.decode($0, into: &image) }
        Grayscale().apply(to: &image, workspace: &workspace)
        return Array(image.bytes)
    }
}
