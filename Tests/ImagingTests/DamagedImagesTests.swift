// Images that are damaged, incomplete or odd, alone and after one another.
// Oracles: a decoder that has seen nothing else; libjpeg's and libpng's reading of the same bytes.

import Dataset
import TestSupport
import Testing

@testable import Imaging

@Suite("One image after another")
struct ImageSequenceTests {
    private let good = [
        "jpeg-gray.jpg", "jpeg-rgb-420.jpg", "jpeg-rgb-progressive.jpg", "jpeg-cmyk.jpg", "jpeg-exif-6.jpg",
        "png-gray-alpha-8.png", "png-rgb-8-exif-6.png",
    ]

    @Test("a file that fails in its header leaves nothing behind", arguments: [false, true])
    func badHeader(wantsGray: Bool) throws {
        let jpeg = try JPEGParts("jpeg-rgb-420.jpg")
        var (empty, huge, twice) = (jpeg, jpeg, jpeg)
        let frame = jpeg.indices(of: 0xC0)[0]
        empty.segments[frame].replaceSubrange(5..<9, with: [0, 0, 0, 0])
        huge.segments[frame].replaceSubrange(5..<9, with: [0xFF, 0xDC, 0xFF, 0xDC])
        twice.segments.insert(jpeg.segments[frame], at: frame)
        let table = JPEGParts.segment(0xC4, [0] + Array(repeating: 255, count: 16))
        let bad: [[UInt8]] = [
            empty.bytes, huge.bytes, twice.bytes, [0xFF, 0xD8] + table + jpeg.bytes.dropFirst(2),
            Array(jpeg.bytes.prefix(200)), [0xFF, 0xD8, 0xFF], [0xFF, 0xD8, 0xFF, 0xD9],
        ]
        var worker = Worker(wantsGray: wantsGray)
        for (number, bytes) in bad.enumerated() {
            #expect(worker.decode(bytes).error != nil, "\(number)")
            for name in good {
                let bytes = try Fixtures.bytes("images/\(name)")
                #expect(
                    worker.decode(bytes) == decodeAlone(bytes, wantsGray: wantsGray), "\(number), \(name)")
            }
        }
    }

    @Test("no image lends its tables to another", arguments: [false, true])
    func tables(wantsGray: Bool) throws {
        var worker = Worker(wantsGray: wantsGray)
        for name in ["jpeg-rgb-420.jpg", "jpeg-gray.jpg", "jpeg-rgb-progressive.jpg"] {
            var (unquantised, uncoded) = (try JPEGParts(name), try JPEGParts(name))
            let whole = unquantised.bytes
            unquantised.remove(0xDB)
            uncoded.remove(0xC4)
            let expected = [unquantised.bytes, uncoded.bytes].map { decodeAlone($0, wantsGray: wantsGray) }
            #expect(
                expected[0].error?.description.contains("Quantization table 0x00 was not defined") == true)
            for _ in 0..<2 {
                #expect(worker.decode(unquantised.bytes) == expected[0])
                // Without Huffman tables, libjpeg takes those of Motion JPEG where it can.
                #expect(worker.decode(uncoded.bytes) == expected[1])
                #expect(worker.decode(whole).error == nil)
            }
        }
    }

    @Test("mangled images in any order are what each is alone", arguments: [false, true])
    func anyOrder(wantsGray: Bool) throws {
        let names = try Fixtures.lines("images/golden.txt").map { String($0.prefix { $0 != " " }) }
        var random = SeededRandom(seed: 3, purpose: .synthesis)
        var images: [[UInt8]] = []
        for name in names {
            let whole = try Fixtures.bytes("images/\(name)")
            images.append(whole)
            for kind in 0..<8 {
                var bytes = whole
                // Half of the places lie in the header, where most harm is done.
                let place = Int(random.below(UInt64(kind % 2 == 0 ? min(250, bytes.count) : bytes.count)))
                switch kind / 2 {
                case 0: bytes[place] = UInt8(truncatingIfNeeded: random.next())
                case 1: bytes.removeSubrange(place..<min(place + 3, bytes.count))
                case 2: bytes.insert(contentsOf: [0xFF, UInt8(truncatingIfNeeded: random.next())], at: place)
                default: bytes.removeSubrange(place...)
                }
                images.append(bytes)
            }
        }
        let alone = images.map { decodeAlone($0, wantsGray: wantsGray) }
        #expect(alone.count { $0.error == nil } > 100 && alone.count { $0.error != nil } > 100)
        var worker = Worker(wantsGray: wantsGray)
        for _ in 0..<3 {
            for index in images.indices.shuffled(using: &random) {
                #expect(worker.decode(images[index]) == alone[index], "image \(index)")
            }
        }
    }
}

@Suite("Odd and damaged JPEGs")
struct DamagedJPEGTests {
    @Test(
        "markers without a length, stuffed and fill bytes between segments change nothing",
        arguments: [
            [0xFF, 0x01], [0xFF, 0x00], [0xFF, 0xFF, 0xFF], [0xFF, 0xD0], [0xFF, 0xD7],
            [0xFF, 0x01, 0xFF, 0xD3],
            [0x00, 0x41], [0xFF, 0xE1, 0, 2], [0xFF, 0xE1, 0, 0], [0xFF, 0xFE, 0, 2],
        ] as [[UInt8]])
    func oddMarkers(oddity: [UInt8]) throws {
        for wantsGray in [false, true] {
            let whole = try JPEGParts("jpeg-rgb-420.jpg")
            let expected = decodeAlone(whole.bytes, wantsGray: wantsGray)
            #expect(expected.error == nil)
            for index in whole.segments.indices.dropFirst() {
                var parts = whole
                parts.segments.insert(oddity, at: index)
                #expect(decodeAlone(parts.bytes, wantsGray: wantsGray) == expected, "before segment \(index)")
            }
        }
    }

    @Test(
        "a size of nothing is refused",
        arguments: [[0, 0, 0, 37], [0, 29, 0, 0], [0, 0, 0, 0]] as [[UInt8]])
    func noSize(size: [UInt8]) throws {
        var parts = try JPEGParts("jpeg-rgb-420.jpg")
        parts.segments[parts.indices(of: 0xC0)[0]].replaceSubrange(5..<9, with: size)
        for wantsGray in [false, true] {
            let error = decodeAlone(parts.bytes, wantsGray: wantsGray).error
            #expect(error == .corrupt(.jpeg, "Empty JPEG image (DNL not supported)"))
        }
    }

    @Test("a damaged restart segment is refused, also between two harmless warnings")
    func restartSegment() throws {
        var parts = try JPEGParts("jpeg-rgb-restart.jpg")
        let scan = parts.indices(of: 0xDA)[0]
        parts.segments.insert([0x41, 0x42], at: scan)  // "2 extraneous bytes", before SOS
        parts.segments.append([0x43, 0x44, 0x45])  // the same, before EOI
        let whole = try Fixtures.bytes("images/jpeg-rgb-restart.jpg")
        #expect(decodeAlone(parts.bytes) == decodeAlone(whole))

        let entropy = parts.segments[scan + 1]
        let restarts = entropy.indices.dropLast().filter {
            entropy[$0] == 0xFF && (0xD0...0xD7).contains(entropy[$0 + 1])
        }
        #expect(restarts.count == 2)
        for restart in restarts {
            var (longer, shorter, renumbered) = (parts, parts, parts)
            longer.segments[scan + 1].insert(contentsOf: Array(repeating: 0x55, count: 20), at: restart)
            shorter.segments[scan + 1].removeSubrange(restart - 6..<restart)
            renumbered.segments[scan + 1][restart + 1] ^= 4
            for damaged in [longer, shorter, renumbered] {
                for wantsGray in [false, true] {
                    guard case .corrupt(.jpeg, _) = decodeAlone(damaged.bytes, wantsGray: wantsGray).error
                    else {
                        Issue.record("accepted with restart marker at \(restart)")
                        continue
                    }
                }
            }
        }
    }

    @Test("a progressive JPEG that ends after any of its scans is a coarser image; within one it is refused")
    func partialProgressive() throws {
        let parts = try JPEGParts("jpeg-rgb-progressive.jpg")
        for scan in parts.indices(of: 0xDA) {
            var cut = parts
            cut.segments.removeSubrange((scan + 1)...)
            for wantsGray in [false, true] {
                #expect(decodeAlone(cut.bytes, wantsGray: wantsGray).error == nil, "after segment \(scan)")
            }
            cut.segments[scan].removeLast(cut.segments[scan].count / 2)
            #expect(decodeAlone(cut.bytes).error != nil, "within segment \(scan)")
            #expect(decodeAlone(cut.bytes.dropLast(2)).error == .truncated(.jpeg))
        }
    }

    @Test("a progressive JPEG that lacks one of its first scans is refused")
    func missingScan() throws {
        let parts = try JPEGParts("jpeg-rgb-progressive.jpg")
        for scan in parts.indices(of: 0xDA).prefix(5) {
            var missing = parts
            missing.segments.remove(at: scan)
            let error = decodeAlone(missing.bytes).error
            #expect(error?.description.contains("Inconsistent progression") == true, "without \(scan)")
        }
    }

    @Test("200 scans are read, more are refused")
    func manyScans() throws {
        // Three components that each repeat the scan of a gray image.
        var parts = try JPEGParts("jpeg-gray.jpg")
        let (frame, scan) = (parts.indices(of: 0xC0)[0], parts.indices(of: 0xDA)[0])
        let component = Array(parts.segments[frame][11..<13])
        parts.segments[frame] = JPEGParts.segment(
            0xC0, parts.segments[frame][4..<9] + [3, 1] + component + [2] + component + [3] + component)
        let scans = (1...3).map { number in
            var scan = parts.segments[scan]
            scan[5] = UInt8(number)
            return scan
        }
        parts.segments.replaceSubrange(scan...scan, with: scans)
        for _ in 0..<65 { parts.segments += scans }
        #expect(parts.indices(of: 0xDA).count == 198 && decodeAlone(parts.bytes).error == nil)
        parts.segments += scans
        #expect(decodeAlone(parts.bytes).error == .corrupt(.jpeg, "too many scans"))
    }

    @Test("two, five and 255 components are refused", arguments: [2, 5, 255])
    func components(count: Int) throws {
        var parts = try JPEGParts("jpeg-gray.jpg")
        let frame = parts.indices(of: 0xC0)[0]
        let all = (1...count).flatMap { [UInt8($0), 0x11, 0] as [UInt8] }
        parts.segments[frame] = JPEGParts.segment(0xC0, parts.segments[frame][4..<9] + [UInt8(count)] + all)
        #expect(decodeAlone(parts.bytes).error?.description.hasPrefix("corrupt JPEG: ") == true)
    }
}

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
