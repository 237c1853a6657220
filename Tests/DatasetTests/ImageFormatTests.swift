// Which first bytes are those of an image. The magic numbers are written out here once more.

import Testing

@testable import Dataset

@Suite("Image formats")
struct ImageFormatTests {
    private func format(_ bytes: [UInt8]) -> ImageFormat? { bytes.withUnsafeBytes { ImageFormat(magic: $0) } }

    private static let bitmap: [UInt8] = Array("BM".utf8) + Array(repeating: 0, count: 12) + [40, 0, 0, 0]

    @Test(
        "follow from the first bytes",
        arguments: [
            ([0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A], .png), ([0xFF, 0xD8, 0xFF, 0xE0], .jpeg),
            (Array("RIFF\0\0\0\0WEBPVP8 ".utf8), .webp), (Array("GIF89a".utf8), .gif),
            (Array("GIF87a".utf8), .gif),
            ([0x49, 0x49, 42, 0], .tiff), ([0x4D, 0x4D, 0, 42], .tiff), ([0x49, 0x49, 43, 0], .tiff),
            ([0x4D, 0x4D, 0, 43], .tiff), (bitmap, .bmp),
        ] as [([UInt8], ImageFormat)])
    func known(bytes: [UInt8], expected: ImageFormat) {
        #expect(format(bytes) == expected)
        #expect(format(bytes + Array(repeating: 0xAA, count: 40)) == expected)
        for length in 0..<3 { #expect(format(Array(bytes.prefix(length))) == nil) }
    }

    @Test("are not sounds, texts or raw photos that begin alike")
    func others() {
        for bytes in [
            "RIFF\0\0\0\0WAVEfmt ", "BM is a text of some length", "GIF90a", "II*\0\u{10}\0\0\0CR\u{2}\0",
        ] {
            #expect(format(Array(bytes.utf8)) == nil)
        }
    }

    @Test("are named by endings in any case")
    func names() {
        for name in ["a.png", "a.b.JPG", ".tiff", "a.Webp", "a.dib", "a.jxl", "a.NEF"] {
            #expect(ImageFormat.isNamedAsImage(Array(name.utf8)), "\(name)")
        }
        for name in ["png", "a.png.txt", "a.", "", "a.pdf"] {
            #expect(!ImageFormat.isNamedAsImage(Array(name.utf8)), "\(name)")
        }
    }
}
