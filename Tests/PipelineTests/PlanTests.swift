import Dataset
import TestSupport
import Testing

@testable import Pipeline

@Suite("The plan: split, order, shards")
struct PlanTests {
    /// Samples with the given class sizes; `twins` lists ids that share their pixels with id - 1.
    private func samples(_ classSizes: [Int], twins: Set<Int> = []) -> [PlanInput] {
        var samples: [PlanInput] = []
        for (label, size) in classSizes.enumerated() {
            for _ in 0..<size {
                let id = samples.count
                let pixels =
                    twins.contains(id) ? samples[id - 1].pixels : ShortDigest(Digest(of: "pixels \(id)"))
                samples.append(
                    PlanInput(
                        identity: Digest(of: "key \(id)").words.0, label: Label(rawValue: UInt16(label)),
                        pixels: pixels,
                        givenSplit: nil))
            }
        }
        return samples
    }

    private func plan(
        _ samples: [PlanInput], classes: Int, ratios: SplitRatios = .standard, seed: UInt64 = 0,
        copies: Int = 0,
        rows: Int = 100
    ) -> Plan {
        Plan(
            samples, classCount: classes, ratios: ratios, seed: seed,
            copies: copies,
            rowsPerShard: rows)
    }

    private func counts(_ plan: Plan, _ samples: [PlanInput], classes: Int) -> [[Int]] {
        var counts = Array(repeating: [0, 0, 0], count: classes)
        for (sample, split) in zip(samples, plan.splits) { counts[sample.label.index][split.index] += 1 }
        return counts
    }

    @Test("sizes are exact and every class is within one sample of its share, for many random datasets")
    func stratified() {
        var random = SeededRandom(seed: PropertySeed.value, purpose: .synthesis)
        for round in 0..<300 {
            let classes = 1 + Int(random.below(12))
            let sizes = (0..<classes).map { _ in 1 + Int(random.below(60)) }
            let ratios =
                [
                    SplitRatios.standard, SplitRatios([1, 1, 1]), SplitRatios([90, 5, 5]),
                    SplitRatios([1, 0, 1]),
                ][round % 4] ?? .standard
            let input = samples(sizes)
            let plan = plan(input, classes: classes, ratios: ratios, seed: UInt64(round))
            let counts = counts(plan, input, classes: classes)
            let totals = (0..<3).map { split in counts.reduce(0) { $0 + $1[split] } }
            #expect(totals == ratios.sizes(of: input.count), "\(sizes) \(ratios), seed \(PropertySeed.value)")
            for (size, row) in zip(sizes, counts) {
                for split in 0..<3 {
                    let distance = abs(Double(row[split]) - Double(size) * ratios.shares[split])
                    // More only to make room for classes that would miss a split.
                    let rare = sizes.reduce(0) { sum, size in
                        sum + ratios.shares.count { $0 > 0 && size >= 3 && Double(size) * $0 < 1 }
                    }
                    #expect(
                        distance <= 1 + Double(rare), "\(sizes) \(counts), seed \(PropertySeed.value)")
                }
            }
        }
    }

    @Test(
        "what cannot be divided among small classes is drawn, and another seed draws others",
        arguments: [3, 5, 7])
    func smallClasses(size: Int) {
        let input = samples(Array(repeating: size, count: 300))
        func known(_ seed: UInt64) -> [[Bool]] {
            let counts = counts(plan(input, classes: 300, seed: seed), input, classes: 300)
            #expect(
                (0..<3).map { split in counts.reduce(0) { $0 + $1[split] } }
                    == [240, 30, 30].map { $0 * size })
            for row in counts { #expect(row[1] <= 1 && row[2] <= 1) }
            return (0..<3).map { split in counts.map { $0[split] > 0 } }
        }
        let (first, second) = (known(0), known(1))
        for split in 1...2 {
            #expect(first[split].count { $0 } == 30 * size)
            // Half of the classes that a split knows are in each half of the alphabet, give or take.
            let early = first[split][..<150].count { $0 }
            #expect(abs(early - 15 * size) < 25, "\(early)")
            #expect(zip(first[split], second[split]).count { $0 != $1 } > 60)
        }
        #expect(first[0].allSatisfy { $0 })
    }

    @Test("a class of three images or more is in every split if larger classes can give way")
    func rareClasses() {
        for size in 3...9 {
            let sizes = [500, size, 700, size, size]
            let input = samples(sizes)
            for seed in 0..<10 {
                let counts = counts(plan(input, classes: 5, seed: UInt64(seed)), input, classes: 5)
                #expect(counts.allSatisfy { row in row.allSatisfy { $0 > 0 } }, "\(counts)")
                #expect(
                    (0..<3).map { split in counts.reduce(0) { $0 + $1[split] } }
                        == SplitRatios.standard.sizes(of: input.count))
            }
        }
    }

    @Test("identical images stay together, sizes stay exact, and shares hold")
    func groups() {
        var random = SeededRandom(seed: PropertySeed.value, purpose: .synthesis)
        for round in 0..<200 {
            let sizes = (0..<5).map { _ in 60 + Int(random.below(100)) }
            let total = sizes.reduce(0, +)
            let twins = Set((0..<40).map { _ in 1 + Int(random.below(UInt64(total - 1))) })
            let input = samples(sizes, twins: twins)
            let plan = plan(input, classes: 5, seed: UInt64(round))
            for id in twins {
                #expect(plan.splits[id] == plan.splits[id - 1], "\(sizes), seed \(PropertySeed.value)")
            }
            let counts = counts(plan, input, classes: 5)
            #expect(
                (0..<3).map { split in counts.reduce(0) { $0 + $1[split] } }
                    == SplitRatios.standard.sizes(of: total))
            for (size, row) in zip(sizes, counts) {
                for split in 0..<3 {
                    #expect(
                        abs(Double(row[split]) - Double(size) * SplitRatios.standard.shares[split]) <= 1.0001)
                }
            }
        }
    }

    @Test("duplicates are spread over the splits as everything else is")
    func duplicatesAreSpread() {
        // As in the Kaggle data: 55 pairs in one class.
        let input = samples([2179], twins: Set((0..<55).map { $0 * 2 + 1 }))
        let plan = plan(input, classes: 1)
        let counts = (0..<55).reduce(into: [0, 0, 0]) { $0[plan.splits[$1 * 2].index] += 1 }
        #expect(counts == [44, 5, 6] || counts == [44, 6, 5] || counts == [45, 5, 5])
        #expect(plan.groupCount == 55)
    }

    @Test("groups too large for any split still end in one, and nothing is lost")
    func hugeGroups() {
        for size in 1...40 {
            let input = samples([size], twins: Set(1..<max(size, 1)))
            let plan = plan(input, classes: 1)
            #expect(Set(plan.splits).count == 1)
            #expect(plan.shards.reduce(0) { $0 + $1.rows.count } == size)
        }
    }

    @Test("identical images with different labels stay together too")
    func conflictingLabels() {
        var input = samples([50, 50])
        input[60].pixels = input[10].pixels
        for seed in 0..<20 {
            let plan = plan(input, classes: 2, seed: UInt64(seed))
            #expect(plan.splits[60] == plan.splits[10])
        }
    }

    @Test("official test samples are the test split, and only the rest is divided")
    func officialTest() {
        var input = samples([500, 500])
        for id in stride(from: 0, to: 1000, by: 7) { input[id].givenSplit = .test }
        let plan = plan(input, classes: 2)
        for id in input.indices { #expect((plan.splits[id] == .test) == (input[id].givenSplit == .test)) }
        let rest = input.count { $0.givenSplit == nil }
        #expect(plan.splits.count { $0 == .validation } == Int((Double(rest) / 9).rounded()))
    }

    @Test("every row is in exactly one shard, shards differ by one row at most, copies are of train alone")
    func shards() {
        let input = samples([120, 130])
        let plan = plan(input, classes: 2, copies: 2, rows: 64)
        var seen = Set<[Int]>()
        for shard in plan.shards {
            for row in shard.rows {
                #expect(seen.insert([Int(row.id), Int(row.copy)]).inserted)
                #expect(plan.splits[Int(row.id)] == shard.split)
                if row.copy > 0 { #expect(shard.split == .train) }
            }
        }
        #expect(seen.count == 250 + 2 * 200)
        let sizes = plan.shards.filter { $0.split == .train }.map(\.rows.count)
        #expect(sizes.allSatisfy { $0 <= 64 } && (sizes.max() ?? 0) - (sizes.min() ?? 0) <= 1)
        for (id, place) in plan.places.enumerated() {
            let shard = plan.shards.first { $0.split == plan.splits[id] && $0.number == Int(place.shard) }
            #expect(shard?.rows[Int(place.slot)] == PlannedRow(id: UInt32(id), copy: 0))
        }
    }

    @Test("another seed gives another split and another order; the same seed the same")
    func seeds() {
        let input = samples([300, 300])
        #expect(plan(input, classes: 2, seed: 1).shards == plan(input, classes: 2, seed: 1).shards)
        #expect(plan(input, classes: 2, seed: 1).splits != plan(input, classes: 2, seed: 2).splits)
    }

    @Test("most samples keep their split when one is added")
    func stability() {
        let many = samples([400])
        let fewer = Array(many.dropLast())
        let (a, b) = (plan(many, classes: 1).splits, plan(fewer, classes: 1).splits)
        #expect(zip(a, b).count { $0 != $1 } <= 3)
    }

    @Test("every shard is a fair mix of classes (chi-square per shard, 9 degrees of freedom)")
    func mix() {
        let input = samples([Int](repeating: 1000, count: 10))
        for shard in plan(input, classes: 10, rows: 1000).shards where shard.split == .train {
            var counts = [Double](repeating: 0, count: 10)
            for row in shard.rows { counts[input[Int(row.id)].label.index] += 1 }
            let expected = Double(shard.rows.count) / 10
            #expect(counts.reduce(0) { $0 + ($1 - expected) * ($1 - expected) / expected } < 33.7)
        }
    }
}
