// JPEGs that are damaged, incomplete or odd. Oracle: libjpeg's reading of the same bytes.

import Dataset
import TestSupport
import Testing

@testable import Imaging

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

    @Test("bytes left over behind the pixels are refused: a wrong bit before them may have no other sign")
    func leftOver() throws {
        for name in ["jpeg-rgb-restart.jpg", "jpeg-rgb-444.jpg"] {
            var parts = try JPEGParts(name)
            // Before EOI; the decoder reads a few bytes ahead without a word.
            parts.segments.append(Array(repeating: 0x43, count: 30))
            for wantsGray in [false, true] {
                guard case .corrupt(.jpeg, let reason) = decodeAlone(parts.bytes, wantsGray: wantsGray).error
                else {
                    Issue.record("\(name) is accepted")
                    continue
                }
                #expect(reason.contains("extraneous bytes before marker 0xd9"))
            }
        }
    }

    @Test("a damaged restart segment is refused, also behind a harmless warning")
    func restartSegment() throws {
        var parts = try JPEGParts("jpeg-rgb-restart.jpg")
        let scan = parts.indices(of: 0xDA)[0]
        parts.segments.insert([0x41, 0x42], at: scan)  // "2 extraneous bytes", before SOS
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
