// What an augmentation draws, and in which order it is applied.

import Dataset
import Foundation
import Testing

@testable import Imaging

@Suite("Augmenter")
struct AugmenterTests {
    private let digit = shape(28, 28, 1)
    private static let all = Augmentation(
        .crop(3), .flip(), .affine(rotation: 10, shift: 2), .elastic(alpha: 30, sigma: 4), .brightness(0.2),
        .contrast(0.2), .erase(8))

    @Test("depends on sample and epoch, and on nothing that came before")
    func determinism() {
        let augmenter = Augmenter(Self.all, shape: digit)
        var seen: Set<[UInt8]> = []
        for (epoch, sample) in [(0, 0), (0, 1), (1, 0), (1, 1), (0, 0), (1, 0)] as [(UInt64, UInt64)] {
            let image = randomImage(digit, 4)
            var random = SeededRandom(seed: 9, purpose: .augmentation, epoch: epoch, sample: sample)
            let found = image.withUnsafeBufferPointer { Array(augmenter.augment($0, &random)) }
            #expect(found == augmented(image, digit, Self.all, epoch: epoch, sample: sample))
            seen.insert(found)
        }
        #expect(seen.count == 4)
    }

    @Test("a step takes the same numbers whether it is applied or not", arguments: Self.all.steps)
    func draws(step: Augmentation.Step) {
        // If the first step took other numbers, the flip or the crop after it would differ.
        let image = randomImage(digit)
        for sample in 0..<40 as Range<UInt64> {
            func crop(_ probability: Double) -> SeededRandom {
                let augmenter = Augmenter(
                    Augmentation(.init(step.operation.opened, probability: probability)), shape: digit)
                var random = SeededRandom(seed: 9, purpose: .augmentation, sample: sample)
                _ = image.withUnsafeBufferPointer { augmenter.augment($0, &random).count }
                return random
            }
            var (never, often, nearlyAlways) = (crop(0), crop(0.5), crop(0.999_999))
            let next = never.next()
            #expect(next == often.next() && next == nearlyAlways.next())
        }
    }

    @Test("a step that is always applied draws no number to decide it")
    func certainty() {
        let image = randomImage(digit)
        let alone = augmented(image, digit, Augmentation(.affine(rotation: 10)))
        let flipped = augmented(image, digit, Augmentation(.flip(probability: 1), .affine(rotation: 10)))
        let first = augmented(image, digit, Augmentation(.flip(probability: 1)))
        #expect(flipped == augmented(first, digit, Augmentation(.affine(rotation: 10))))
        #expect(flipped != alone)
    }

    @Test("an affine step alone gives what was drawn before there were others")
    func affineAlone() {
        let ranges = RandomAffine(rotation: 10, shift: 2, scale: 0.1, shear: 5)
        for sample in 0..<50 as Range<UInt64> {
            let image = randomImage(digit, sample)
            var random = SeededRandom(seed: 9, purpose: .augmentation, sample: sample)
            let parameters = AffineParameters(
                rotation: random.symmetric(10), shiftX: random.symmetric(2), shiftY: random.symmetric(2),
                scale: 1 + random.symmetric(0.1), shear: random.symmetric(5))
            let expected = image.withUnsafeBufferPointer { source in
                written(digit) { BilinearSampler(shape: digit).apply(parameters, from: source, to: $0) }
            }
            #expect(augmented(image, digit, Augmentation(.init(ranges)), sample: sample) == expected)
        }
    }

    @Test("a step is applied as often as its probability says", arguments: [0, 0.1, 0.5, 0.9, 1])
    func probability(share: Double) {
        let image = randomImage(digit)
        let step = Augmentation(.flip(probability: share))
        let count = (0..<4000 as Range<UInt64>).count { augmented(image, digit, step, sample: $0) != image }
        // Four standard deviations.
        #expect(abs(Double(count) - 4000 * share) <= 4 * (4000 * share * (1 - share)).squareRoot())
    }

    @Test("crops reach every offset about as often as any other")
    func offsets() {
        var random = SeededRandom(seed: 3, purpose: .augmentation)
        var counts: [Int: Int] = [:]
        for _ in 0..<9000 {
            let (x, y) = Crop(4).draw(&random)
            counts[x, default: 0] += 1
            counts[y, default: 0] += 1
        }
        #expect(counts.keys.sorted() == Array(-4...4))
        #expect(counts.values.allSatisfy { abs($0 - 2000) < 4 * 45 })
    }

    @Test("what no file could hold has a problem, which names it")
    func problems() {
        #expect(Self.all.problem == nil && Augmentation().problem == nil)
        #expect(Augmentation(.flip(), .crop(2), .flip()).problem == "flip is listed twice")
        #expect(
            Augmentation(.flip(probability: 1.5)).problem
                == "the probability of flip, 1.5, is not from 0 to 1")
        for step in [
            .crop(-1), .erase(2000), .brightness(2), .contrast(.nan), .affine(rotation: 1e300),
            .elastic(alpha: 5, sigma: 0), .elastic(alpha: .infinity, sigma: 4), .crop(1, probability: .nan),
        ] as [Augmentation.Step] {
            #expect(Augmentation(step).problem != nil)
        }
    }

    @Test("an affine augmentation is coded as before, others as a list of steps")
    func coding() throws {
        let encoder = JSONEncoder()
        encoder.outputFormatting = .sortedKeys
        func text(_ augmentation: Augmentation) throws -> String {
            String(decoding: try encoder.encode(augmentation), as: UTF8.self)
        }
        let affine = Augmentation(.affine(rotation: 10, shift: 0.5))
        #expect(try text(affine) == #"{"rotation":10,"scale":0,"shear":0,"shift":0.5}"#)
        #expect(
            try text(Augmentation(.flip(), .crop(4)))
                == #"[{"flip":"horizontal","probability":"0.5"},{"crop":"4","probability":"1.0"}]"#)
        for augmentation in [
            affine, Self.all, Augmentation(.affine(shear: 3, probability: 0.25)), Augmentation(),
        ] {
            let data = try encoder.encode(augmentation)
            #expect(try JSONDecoder().decode(Augmentation.self, from: data) == augmentation)
        }
    }

    @Test(
        "a damaged list of steps is refused",
        arguments: [
            "{}", "3", #"[{"flip":"diagonal","probability":"0.5"}]"#, #"[{"flip":"horizontal"}]"#,
            #"[{"spin":"4","probability":"1"}]"#, #"[{"crop":"4","probability":"2"}]"#,
            #"[{"crop":"4","flip":"horizontal","probability":"1"}]"#, #"[{"probability":"1"}]"#,
        ])
    func damage(text: String) {
        #expect(throws: DecodingError.self) {
            try JSONDecoder().decode(Augmentation.self, from: Data(text.utf8))
        }
    }
}

extension RandomOperation {
    /// Itself, for initializers that take any operation.
    fileprivate var opened: Self { self }
}
