import Testing

@testable import Dataset

@Suite("Seeded random numbers")
struct SeededRandomTests {
    /// Oracle: the known-answer tests of the Random123 library (kat_vectors, philox4x32 10).
    @Test("Philox4x32-10 gives the published numbers")
    func philox() {
        #expect(
            Philox.block(counter: .zero, key: .zero)
                == SIMD4(0x6627_e8d5, 0xe169_c58d, 0xbc57_ac4c, 0x9b00_dbd8))
        #expect(
            Philox.block(counter: SIMD4(repeating: .max), key: SIMD2(repeating: .max))
                == SIMD4(0x408f_276d, 0x41c8_3b0e, 0xa20b_c7c6, 0x6d54_51fd))
        #expect(
            Philox.block(
                counter: SIMD4(0x243f_6a88, 0x85a3_08d3, 0x1319_8a2e, 0x0370_7344),
                key: SIMD2(0xa409_3822, 0x299f_31d0))
                == SIMD4(0xd16c_fe09, 0x94fd_cceb, 0x5001_e420, 0x2412_6ea1))
    }

    @Test("a stream depends on seed, purpose, epoch and sample, and on nothing else")
    func keys() {
        func first(_ seed: UInt64, _ purpose: RandomPurpose, _ epoch: UInt64, _ sample: UInt64) -> [UInt64] {
            var random = SeededRandom(seed: seed, purpose: purpose, epoch: epoch, sample: sample)
            return (0..<5).map { _ in random.next() }
        }
        let reference = first(1, .split, 2, 3)
        #expect(reference == first(1, .split, 2, 3))
        #expect(reference != first(2, .split, 2, 3))
        #expect(reference != first(1, .order, 2, 3))
        #expect(reference != first(1, .split, 3, 3))
        #expect(reference != first(1, .split, 2, 4))
        // Sums of seed and epoch must not collide, as they do in "seed + epoch" generators.
        #expect(first(1, .split, 2, 0) != first(2, .split, 1, 0))
    }

    @Test("numbers below a bound are uniform (chi-square over 60,000 draws, 5 degrees of freedom)")
    func below() {
        var counts = [Int](repeating: 0, count: 6)
        for sample in 0..<60_000 {
            var random = SeededRandom(seed: 7, purpose: .shuffle, sample: UInt64(sample))
            counts[Int(random.below(6))] += 1
        }
        let chiSquare = counts.reduce(0.0) { $0 + Double(($1 - 10_000) * ($1 - 10_000)) / 10_000 }
        #expect(chiSquare < 20.5)  // exceeded once in a thousand
    }

    @Test("unit numbers lie in [0, 1) and average a half")
    func unit() {
        var random = SeededRandom(seed: 3, purpose: .augmentation)
        let values = (0..<10_000).map { _ in random.unit() }
        #expect(values.allSatisfy { (0..<1).contains($0) })
        #expect(abs(values.reduce(0, +) / 10_000 - 0.5) < 0.015)
    }
}
