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
    private var table: SplitTable

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
        for id in ids { classSizes[samples[id].label.index] += 1 }
        let effective = officialTest ? ratios.withoutTest ?? ratios : ratios
        table = SplitTable(classSizes: classSizes, ratios: effective)
        for id in samples.indices where isGiven(id) { splits[id] = .test }
        placeGroups(members.filter { !isGiven($0[0]) })
        placeSingles(ids.filter { groups[$0] == nil })
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
            for id in group.ids { counts[samples[id].label.index, default: 0] += 1 }
            let split = table.place(group: counts.sorted { $0.key < $1.key }.map { ($0.key, $0.value) })
            for id in group.ids { splits[id] = Split.allCases[split] }
        }
    }

    private mutating func placeSingles(_ ids: [Int]) {
        var byClass: [[(rank: UInt64, id: Int)]] = Array(repeating: [], count: table.classCount)
        for id in ids { byClass[samples[id].label.index].append((rank(id), id)) }
        let numbers = table.solve(singles: byClass.map(\.count))
        for (label, members) in byClass.enumerated() {
            var remaining = members.sorted { ($0.rank, $0.id) < ($1.rank, $1.id) }[...]
            for split in Split.allCases {
                for member in remaining.prefix(numbers[label][split.index]) { splits[member.id] = split }
                remaining = remaining.dropFirst(numbers[label][split.index])
            }
        }
    }
}
