// zstd contexts that are reused: what came before must not show.

import Dataset
import Testing

@testable import Storage

@Suite("zstd contexts")
struct ZstdTests {
    private func pieces() -> [[UInt8]] {
        var random = SeededRandom(seed: 3, purpose: .split)
        return (0..<40).map { number in
            let count = Int(random.below(20_000))
            // From noise to a single value: every kind of block.
            return (0..<count).map { _ in UInt8(random.below(UInt64(1 + number * 6))) }
        }
    }

    @Test("a compressor that has been used gives the bytes of a fresh one")
    func compressor() throws {
        let used = ZstdCompressor(level: 3)
        for piece in pieces() + pieces().reversed() {
            #expect(
                try used.compress(piece, file: "x") == ZstdCompressor(level: 3).compress(piece, file: "x"))
        }
    }

    @Test("a decompressor that has failed reads the next frame as a fresh one does")
    func decompressor() throws {
        let used = ZstdDecompressor()
        var random = SeededRandom(seed: 4, purpose: .split)
        func decode(_ frame: [UInt8], _ count: Int, _ decompressor: borrowing ZstdDecompressor) -> (
            [UInt8], String?
        ) {
            var output = [UInt8](repeating: 7, count: count)
            let problem = frame.withUnsafeBytes { frame in
                output.withUnsafeMutableBytes { decompressor.decompress(frame, into: $0) }
            }
            return (output, problem)
        }
        var failures = 0
        for piece in pieces() where !piece.isEmpty {
            let frame = try ZstdCompressor(level: 1).compress(piece, file: "x")
            var broken = frame
            broken[Int(random.below(UInt64(frame.count)))] ^= 1 << UInt8(random.below(8))
            for damaged in [broken, Array(frame.prefix(frame.count / 2)), [1, 2, 3]] {
                if decode(damaged, piece.count, used).1 != nil { failures += 1 }
                let (bytes, problem) = decode(frame, piece.count, used)
                #expect(problem == nil && bytes == piece)
            }
        }
        #expect(failures > 100)
    }
}
