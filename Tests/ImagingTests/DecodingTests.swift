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

    @Test("every kind of PNG and JPEG decodes to Pillow's pixels", arguments: try Fixtures.lines("images/golden.txt"))
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
        let corrupt = #expect(throws: ImageError.self) { try decode(Fixtures.bytes("images/corrupt-crc.png")) }
        #expect(corrupt?.description.hasPrefix("corrupt PNG: ") == true)
    }

    @Test("an image cut anywhere throws or decodes, and never crashes", arguments: ["png-rgba-8-interlaced.png", "jpeg-baseline-420.jpg"])
    func cutAnywhere(name: String) throws {
        let bytes = try Fixtures.bytes("images/\(name)")
        let whole = try decode(bytes)
        for length in 0..<bytes.count {
            if let cut = try? decode(Array(bytes.prefix(length))) { #expect(cut == whole) }
        }
    }

    @Test("an image with any byte changed throws or decodes, and never crashes", arguments: ["png-palette-8.png", "jpeg-progressive.jpg"])
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

    @Test("an image beyond the limits is refused before it costs memory")
    func limits() throws {
        let bomb = #expect(throws: ImageError.self) { try decode(Fixtures.bytes("images/bomb.png")) }
        #expect(bomb?.description.contains("limit") == true || bomb?.description.contains("expands") == true)
        var limits = ImageLimits()
        limits.pixels = 10
        #expect(throws: ImageError.self) { try decode(Fixtures.bytes("images/png-gray-8.png"), limits: limits) }
    }
}
