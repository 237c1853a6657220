// Chooses the split of each sample: exact sizes, every class in proportion, duplicates together.

internal import Dataset

/// Assigns samples to splits.
///
/// Groups of images that stay together come first: each goes to the split that lacks its classes most, and if they are
/// most of the data, `GroupPlacement` improves on that. Then `SplitTable`
/// computes how many single samples of each class go to each split, so that totals are exact and every class is as
/// close to its share as possible. Last, the single samples are dealt out in random order.
struct SplitAssignment {
    /// Per id.
    private(set) var splits: [Split]
    /// Sizes of the splits as the ratios give them.
    let wantedSizes: [Int]
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
        _ samples: [PlanInput], groups: [UInt32?], members: [[Int]], classCount: Int, ratios: SplitRatios,
        seed: UInt64
    ) {
        self.samples = samples
        self.seed = seed
        splits = Array(repeating: .train, count: samples.count)
        let ids = samples.indices.filter { samples[$0].givenSplit == nil }
        var given = [0, 0, 0]
        for sample in samples { if let split = sample.givenSplit { given[split.index] += 1 } }
        var classSizes = Array(repeating: 0, count: classCount)
        lots = Self.drawnOrder(classCount, seed: seed)
        for id in ids { classSizes[lots[samples[id].label.index]] += 1 }
        let effective =
            given[Split.test.index] > 0 ? ratios.withoutTest ?? SplitRatios([1, 0, 0]) ?? ratios : ratios
        table = SplitTable(classSizes: classSizes, ratios: effective)
        wantedSizes = zip(table.sizes, given).map { $0 + $1 }
        for (id, sample) in samples.enumerated() { if let split = sample.givenSplit { splits[id] = split } }
        placeGroups(members.map { $0.filter { samples[$0].givenSplit == nil } }.filter { !$0.isEmpty })
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
        let parts = ordered.map { group -> [GroupPlacement.Part] in
            var counts = [Int: Int]()
            for id in group.ids { counts[lots[samples[id].label.index], default: 0] += 1 }
            return counts.sorted { $0.key < $1.key }.map { ($0.key, $0.value) }
        }
        var chosen = placeInOrder(parts)
        // A few groups among many samples of their own leave room to make up for any choice.
        if members.reduce(0, { $0 + $1.count }) * 2 > table.sizes.reduce(0, +) {
            var placement = GroupPlacement(
                parts, splits: chosen, sizes: table.sizes, shares: table.shares, seed: seed)
            placement.improve()
            chosen = placement.splits
        }
        for (index, group) in ordered.enumerated() {
            table.place(parts[index], in: chosen[index])
            for id in group.ids { splits[id] = Split.allCases[chosen[index]] }
        }
    }

    /// The split of each group, one after the other.
    private func placeInOrder(_ groups: [[GroupPlacement.Part]]) -> [Int] {
        var table = table
        return groups.map { table.place(group: $0) }
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
