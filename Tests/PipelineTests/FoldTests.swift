// Folds for cross-validation: sizes, classes, and what stays together.

import Dataset
import Foundation
import Imaging
import Shards
import TestSupport
import Testing

@testable import Pipeline

@Suite("Folds")
struct FoldTests {
    private func samples(_ classSizes: [Int]) -> [PlanInput] {
        var samples: [PlanInput] = []
        for (label, size) in classSizes.enumerated() {
            for number in 0..<size {
                let name = "\(label)/\(number)"
                samples.append(
                    PlanInput(
                        identity: Key(utf8: name).identity, label: Label(rawValue: UInt16(label)),
                        pixels: ShortDigest(Digest(of: name)), givenSplit: nil))
            }
        }
        return samples
    }

    @Test(
        "folds differ by one sample at most, and every class in every fold by one, for many random datasets")
    func even() {
        var random = SeededRandom(seed: PropertySeed.value, purpose: .synthesis)
        for _ in 0..<60 {
            let count = 2 + Int(random.below(9))
            let sizes = (0..<1 + Int(random.below(6))).map { _ in Int(random.below(80)) }
            let input = samples(sizes)
            let folds = FoldAssignment(
                input, classCount: sizes.count, count: count, seed: random.next(), units: [],
                isIncluded: { _ in true }
            ).folds
            for label in sizes.indices.map({ Optional($0) }) + [nil] {
                var counts = [Int](repeating: 0, count: count)
                for (sample, fold) in zip(input, folds) where label == nil || sample.label.index == label {
                    counts[Int(fold ?? 255)] += 1
                }
                #expect(
                    (counts.max() ?? 0) - (counts.min() ?? 0) <= 1,
                    "\(sizes), \(count), seed \(PropertySeed.value)")
            }
        }
    }

    @Test("sets stay in one fold, and samples that are left out have none")
    func units() {
        let input = samples([100, 100])
        let units = (0..<30).map { [$0, 199 - $0, 60 + $0] }
        let folds = FoldAssignment(
            input, classCount: 2, count: 5, seed: 1, units: units, isIncluded: { $0 < 190 }
        ).folds
        for unit in units { #expect(Set(unit.filter { $0 < 190 }.map { folds[$0] }).count == 1) }
        for id in input.indices { #expect((folds[id] == nil) == (id >= 190)) }
        for fold in 0..<5 { #expect(folds.count { $0 == UInt8(fold) } == 38) }
    }

    @Test(
        "a set larger than a fold has one for itself, and the others share the rest",
        arguments: [(30, [30, 15, 15]), (48, [48, 6, 6])])
    func largeSets(_ size: Int, _ expected: [Int]) {
        let folds = FoldAssignment(
            samples([30, 30]), classCount: 2, count: 3, seed: 1, units: [Array(0..<size)],
            isIncluded: { _ in true }
        ).folds
        let counts = (0..<3).map { fold in folds.count { $0 == UInt8(fold) } }
        #expect(counts == expected && Set(folds.prefix(size)).count == 1)
    }

    @Test("more folds than sets is an error, and so is a fold that would be empty")
    func emptyFolds() throws {
        let folder = try TemporaryFolder()
        #expect {
            _ = try prepareDataset(Fixtures.path("digits.zip"), to: folder("x")) {
                $0.folds = 100
                $0.ratios = .init([1, 0, 0]) ?? .standard
                $0.groups = .pattern("jpe?g|png")
            }
        } throws: { "\($0)".contains("not 100\nChoose fewer folds") }
    }

    @Test("a dataset with folds says so in manifest, provenance and shards, and verifies")
    func dataset() throws {
        let folder = try TemporaryFolder()
        let input = Fixtures.path("digits.zip")
        let plain = try prepareDataset(input, to: folder("plain"))
        let manifest = try prepareDataset(input, to: folder("x")) {
            $0.folds = 3
            $0.augmentation = .init(Augmentation(.affine(rotation: 5, shift: 1)), copies: 1)
        }
        #expect(plain.folds.isEmpty && manifest.folds.count == 3)
        let pool = manifest[.train].samples + manifest[.validation].samples
        #expect(manifest.folds.reduce(0) { $0 + $1.samples } == pool)
        let dataset = try PreparedDataset(folder("x"))
        let rows = try dataset.provenance()
        for row in rows { #expect((row.fold == nil) == (row.split == .test)) }
        for (_, ids) in Dictionary(grouping: rows.filter { $0.unit != nil && $0.fold != nil }, by: \.unit) {
            #expect(Set(ids.map(\.fold)).count == 1)
        }
        // The splits are those without folds.
        #expect(rows.map(\.split) == (try PreparedDataset(folder("plain")).provenance().map(\.split)))
        // Mean and deviation of what is outside of a fold, by a naive loop over the shards.
        for (number, fold) in manifest.folds.enumerated() {
            var pixels: [Double] = []
            for (split, shard, _) in manifest.shards where split != .test {
                let samples = try ShardReader(dataset, split, shard).samples()
                for row in 0..<samples.count where samples.folds?[row] != UInt8(number) {
                    pixels += samples.image(row).map { Double($0) / 255 }
                }
            }
            let mean = pixels.reduce(0, +) / Double(pixels.count)
            let variance = pixels.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(pixels.count)
            #expect(abs(fold.mean[0] - mean) < 1e-9 && abs(fold.std[0] - variance.squareRoot()) < 1e-9)
        }
        #expect(Verification(of: dataset, workers: 2).problems.isEmpty)
        #expect(try SourceVerification.check(dataset, against: [input], workers: 2).problems.isEmpty)
    }
}
