// Chooses the split of each sample: exact sizes, every class in proportion, duplicates together.

internal import Dataset

/// Assigns samples to splits.
///
/// Groups of identical images come first: each goes to the split that lacks its classes most. Then `SplitTable`
/// computes how many single samples of each class go to each split, so that totals are exact and every class is as
/// close to its share as possible. Last, the single samples are dealt out in random order.
struct SplitAssignment {
    /// Per id.
    private(set) var splits: [Split]
    private let samples: [PlanInput]
    private let seed: UInt64
    /// Classes in the order of `lots`.
    private var table: SplitTable
    /// Per label, its place in the table. Of classes that are alike, the first in the table get what cannot be divided,
    /// so their order is drawn.
    private let lots: [Int]

    /// - Parameters:
    ///   - groups: per id, the number of its group; `nil` for single samples
    ///   - members: per group, its ids
    init(
        _ samples: [PlanInput], groups: [Int?], members: [[Int]], classCount: Int, ratios: SplitRatios,
        officialTest: Bool, seed: UInt64
    ) {
        self.samples = samples
        self.seed = seed
        splits = Array(repeating: .train, count: samples.count)
        let isGiven = { (id: Int) in officialTest && samples[id].isOfficialTest }
        let ids = samples.indices.filter { !isGiven($0) }
        var classSizes = Array(repeating: 0, count: classCount)
        lots = Self.drawnOrder(classCount, seed: seed)
        for id in ids { classSizes[lots[samples[id].label.index]] += 1 }
        let effective = officialTest ? ratios.withoutTest ?? ratios : ratios
        table = SplitTable(classSizes: classSizes, ratios: effective)
        for id in samples.indices where isGiven(id) { splits[id] = .test }
        placeGroups(members.map { $0.filter { !isGiven($0) } }.filter { !$0.isEmpty })
        placeSingles(ids.filter { groups[$0] == nil })
    }

    private static func drawnOrder(_ count: Int, seed: UInt64) -> [Int] {
        let order = (0..<count).map { (label: Int) -> (rank: UInt64, label: Int) in
            var random = SeededRandom(seed: seed, purpose: .split, epoch: 1, sample: UInt64(label))
            return (random.next(), label)
        }.sorted { ($0.rank, $0.label) < ($1.rank, $1.label) }
        var lots = Array(repeating: 0, count: count)
        for (lot, (_, label)) in order.enumerated() { lots[label] = lot }
        return lots
    }

    private func rank(_ id: Int) -> UInt64 {
        var random = SeededRandom(seed: seed, purpose: .split, sample: samples[id].identity)
        return random.next()
    }

    /// Largest groups first, because they are hardest to fit; groups of equal size in random order.
    private mutating func placeGroups(_ members: [[Int]]) {
        let ordered = members.map { (ids: $0, rank: rank($0[0])) }.sorted { a, b in
            (-a.ids.count, a.rank, a.ids[0]) < (-b.ids.count, b.rank, b.ids[0])
        }
        for group in ordered {
            var counts = [Int: Int]()
            for id in group.ids { counts[lots[samples[id].label.index], default: 0] += 1 }
            let split = table.place(group: counts.sorted { $0.key < $1.key }.map { ($0.key, $0.value) })
            for id in group.ids { splits[id] = Split.allCases[split] }
        }
    }

    private mutating func placeSingles(_ ids: [Int]) {
        var byClass: [[(rank: UInt64, id: Int)]] = Array(repeating: [], count: table.classCount)
        for id in ids { byClass[lots[samples[id].label.index]].append((rank(id), id)) }
        let numbers = table.solve(singles: byClass.map(\.count))
        for (lot, members) in byClass.enumerated() {
            var remaining = members.sorted { ($0.rank, $0.id) < ($1.rank, $1.id) }[...]
            for split in Split.allCases {
                for member in remaining.prefix(numbers[lot][split.index]) { splits[member.id] = split }
                remaining = remaining.dropFirst(numbers[lot][split.index])
            }
        }
    }
}
