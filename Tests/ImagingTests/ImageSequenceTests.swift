// Images one after another: none leaves a trace in the next.
// Oracle: a decoder that has seen nothing else.

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
