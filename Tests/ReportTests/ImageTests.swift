import Dataset
import Foundation
import TestSupport
import Testing

@testable import Report

@Suite("Images in reports")
struct ImageTests {
    /// Decodes with nothing of ours: PNG of 8 bits without interlace, unfiltered as libpng's fast mode writes it.
    private static let decoder = """
        import sys, struct, zlib
        data = open(sys.argv[1], "rb").read()
        assert data[:8] == b"\\x89PNG\\r\\n\\x1a\\n"
        at, packed, head = 8, b"", None
        while at < len(data):
            size, kind = struct.unpack(">I4s", data[at:at + 8])
            body = data[at + 8:at + 8 + size]
            assert struct.unpack(">I", data[at + 8 + size:at + 12 + size])[0] == zlib.crc32(kind + body)
            if kind == b"IHDR": head = struct.unpack(">IIBBBBB", body)
            if kind == b"IDAT": packed += body
            at += 12 + size
        width, height, depth, color = head[:4]
        raw = zlib.decompress(packed)
        stride = width * {0: 1, 2: 3, 4: 2, 6: 4}[color] + 1
        rows = [raw[y * stride:(y + 1) * stride] for y in range(height)]
        assert depth == 8 and all(row[0] == 0 for row in rows)
        print(width, height, color, *b"".join(row[1:] for row in rows))
        """

    private func decoded(_ png: [UInt8]) throws -> [Int] {
        let folder = try TemporaryFolder()
        try folder.write("x.png", png)
        let result = try Tool.run("python3", ["-c", Self.decoder, folder("x.png")])
        #expect(result.status == 0, "\(result.errors)")
        return result.output.split(whereSeparator: \.isWhitespace).compactMap { Int($0) }
    }

    @Test("a PNG holds the pixels that went in (oracle: Python's zlib), noise included")
    func png() throws {
        let size = ImageSize(width: 7, height: 5)
        let pixels = (0..<35).map { UInt8(truncatingIfNeeded: $0 * 37 + 11) }
        let image = Picture(ImageShape(size: size, channels: 1), pixels: pixels)
        #expect(try decoded(image.png) == [7, 5, 0] + pixels.map(Int.init))
        var random = SeededRandom(seed: 1, purpose: .synthesis)
        let noise = (0..<300 * 200).map { _ in UInt8(truncatingIfNeeded: random.next()) }
        let big = Picture(ImageShape(size: ImageSize(width: 300, height: 200), channels: 1), pixels: noise)
        #expect(try decoded(big.png) == [300, 200, 0] + noise.map(Int.init))
        let dot = Picture(ImageShape(size: ImageSize(width: 1, height: 1), channels: 1), pixels: [9])
        #expect(try decoded(dot.png) == [1, 1, 0, 9])
    }

    @Test("a contact sheet has each image in its cell, with a transparent pixel around")
    func sheet() throws {
        let size = ImageSize(width: 2, height: 1)
        let images = [1, 3, 5].map {
            Picture(ImageShape(size: size, channels: 1), pixels: [UInt8($0), UInt8($0 + 1)])
        }
        let sheet = ContactSheet(images, columns: 2)
        #expect(sheet.rows == 2 && sheet.size == ImageSize(width: 8, height: 6))
        let values = try decoded(sheet.png)
        #expect(values.prefix(3) == [8, 6, 4])
        let gray = stride(from: 3, to: values.count, by: 2).map { values[$0] }
        let alpha = stride(from: 4, to: values.count, by: 2).map { values[$0] }
        #expect(Array(gray[8..<16]) == [0, 1, 2, 0, 0, 3, 4, 0])
        #expect(Array(alpha[8..<16]) == [0, 255, 255, 0, 0, 255, 255, 0])
        #expect(Array(gray[32..<40]) == [0, 5, 6, 0, 0, 0, 0, 0])
        #expect(alpha.filter { $0 == 255 }.count == 6)
    }

    @Test("large images are reduced by averaging, small ones stay")
    func reduction() {
        let image = Picture(
            ImageShape(size: ImageSize(width: 4, height: 2), channels: 1),
            pixels: [0, 2, 10, 20, 4, 6, 30, 40])
        #expect(image.reduced(to: 4) == image)
        #expect(
            image.reduced(to: 2)
                == Picture(ImageShape(size: ImageSize(width: 2, height: 1), channels: 1), pixels: [3, 25]))
        #expect(image.reduced(to: 1).size == ImageSize(width: 1, height: 1))
        let odd = Picture(
            ImageShape(size: ImageSize(width: 3, height: 1), channels: 1), pixels: [10, 20, 90])
        #expect(odd.reduced(to: 2).pixels == [15, 90])
    }

    @Test("half blocks carry the upper pixel in front and the lower behind")
    func halfBlocks() {
        let image = Picture(
            ImageShape(size: ImageSize(width: 8, height: 3), channels: 1),
            pixels: Array(repeating: 7, count: 8) + Array(repeating: 200, count: 16))
        let text = TerminalImages([MadeUp.sample(4, key: "k", image: image)])
        let lines = text.text(width: 80, colors: .full).split(separator: "\n")
        #expect(lines.count == 3)
        #expect(
            lines[0] == "\u{1B}[38;2;7;7;7;48;2;200;200;200m▀▀▀▀▀▀▀▀\u{1B}[0m")
        // An odd last row has nothing behind it.
        #expect(lines[1] == "\u{1B}[38;2;200;200;200;49m▀▀▀▀▀▀▀▀\u{1B}[0m")
        #expect(lines[2] == "4  k")
        #expect(text.text(width: 80, colors: .palette).hasPrefix("\u{1B}[38;5;232;48;5;251m▀"))
    }

    @Test("colours are those of the pixels in a PNG, on a sheet, reduced and in a terminal")
    func colours() throws {
        let shape = ImageShape(size: ImageSize(width: 2, height: 2), channels: 3)
        let image = Picture(shape, pixels: [255, 0, 0, 0, 255, 0, 0, 0, 255, 9, 9, 9])
        // PNG's colour type 2 is RGB, 6 is RGBA.
        #expect(try decoded(image.png) == [2, 2, 2] + image.pixels.map(Int.init))
        let sheet = try decoded(ContactSheet([image], columns: 1).png)
        #expect(
            sheet.prefix(3) == [4, 4, 6] && Array(sheet[3 + 20..<3 + 28]) == [255, 0, 0, 255, 0, 255, 0, 255])
        #expect(image.reduced(to: 1).pixels == [66, 66, 66])
        let view = TerminalImages([MadeUp.sample(4, key: "k", image: image)])
        #expect(
            view.text(width: 80, colors: .full).hasPrefix(
                "\u{1B}[38;2;255;0;0;48;2;0;0;255m▀\u{1B}[38;2;0;255;0;48;2;9;9;9m▀"))
        #expect(
            view.text(width: 80, colors: .palette).hasPrefix(
                "\u{1B}[38;5;196;48;5;21m▀\u{1B}[38;5;46;48;5;232m▀"))
    }

    @Test("without colours, ink is dark whatever the paper")
    func shades() {
        func text(_ pixels: [UInt8]) -> Substring? {
            let image = Picture(ImageShape(size: ImageSize(width: 8, height: 4), channels: 1), pixels: pixels)
            return TerminalImages([MadeUp.sample(4, key: "k", image: image)]).text(width: 80, colors: .none)
                .split(separator: "\n", omittingEmptySubsequences: false).first { $0.contains("█") }
        }
        let ink: [UInt8] = Array(repeating: 0, count: 8) + [0, 0, 255, 255, 0, 0, 0, 0]
        #expect(text(ink + ink.reversed()) == nil)
        let solid: [UInt8] = [0, 0, 255, 255, 0, 0, 0, 0, 0, 0, 255, 255, 0, 0, 0, 0]
        #expect(text(solid + Array(repeating: 0, count: 16)) == "  ██")
        #expect(text((solid + Array(repeating: 0, count: 16)).map { 255 - $0 }) == "  ██")
    }

    @Test("as many images side by side as fit, keys shortened and harmless")
    func rows() {
        let samples = ["a/long key (1).png", "b\u{1B}[31m\u{202E}", "c"].map {
            MadeUp.sample(4, key: $0, image: MadeUp.image(1, side: 10))
        }
        let text = TerminalImages(samples).text(width: 22, colors: .none)
        #expect(!text.unicodeScalars.contains { $0 == "\u{1B}" || $0 == "\u{202E}" })
        #expect(text.contains("…y (1).png  …2\\x80\\xAE"))
        #expect(text.split(separator: "\n").allSatisfy { $0.count <= 22 })
        #expect(text.components(separatedBy: "\n\n").count >= 2)
    }
}
