// Places groups that must not be divided, so that sizes are exact where groups allow it and classes keep their shares.

internal import Dataset

/// Chooses a split for every group: a greedy start, improved by moving and exchanging single groups; where that leaves
/// a split too full, a search through all sums of group sizes finds the sizes that are closest to the wanted ones.
struct GroupPlacement {
    /// Samples of a class in a group.
    typealias Part = (label: Int, count: Int)

    /// Per group.
    private(set) var splits: [Int]
    private let groups: [[Part]]
    private let totals: [Int]
    /// Samples that each split should have, and per class and split the share that ratios give.
    private let sizes: [Int]
    private let shares: [[Double]]
    private var filled = [0, 0, 0]
    private var placed: [[Int]]
    private var random: SeededRandom

    /// Classes of groups that one round of exchanges looks at, so that groups of thousands of classes end in time.
    private static let partLimit = 2_000_000

    /// What a sample too many in a split costs, against squared deviations of classes.
    private static let overfull = 1e9

    /// - Parameters:
    ///   - groups: of samples that stay together; samples without a group can be placed at will, so only an excess counts
    ///   - splits: where to begin
    init(_ groups: [[Part]], splits: [Int], sizes: [Int], shares: [[Double]], seed: UInt64) {
        self.groups = groups
        self.splits = splits
        self.sizes = sizes
        self.shares = shares
        totals = groups.map { $0.reduce(0) { $0 + $1.count } }
        placed = shares.map { _ in [0, 0, 0] }
        random = SeededRandom(seed: seed, purpose: .split, epoch: 2)
        for group in groups.indices { shift(group, to: splits[group], by: 1) }
    }

    /// Improves the placement until no move and no exchange that it tries helps.
    mutating func improve() {
        search()
        if excess(filled) > 0, let exact = closestSizes(), excess(exact.filled) < excess(filled) {
            for group in groups.indices { move(group, to: exact.splits[group]) }
            search()
        }
    }

    // MARK: Search

    /// Rounds of moves, and of exchanges, which can keep sizes as they are. The first ones accept what is a little worse
    /// (threshold accepting: Dueck and Scheuer, "Threshold Accepting", 1990), to leave poor solutions behind.
    private mutating func search() {
        guard !groups.isEmpty else { return }
        let parts = max(groups.reduce(0) { $0 + $1.count } / groups.count, 1)
        for tolerance in [0.1, 0.05, 0.03, 0.02, 0.01, 0.005, 0, 0, 0, 0] {
            let threshold =
                tolerance * cost(Array(shares.indices)).truncatingRemainder(dividingBy: Self.overfull)
            var isBetter = false
            for group in groups.indices {
                for split in 0..<3 where split != splits[group] {
                    if tryMoves([(group, split)], threshold) { isBetter = true }
                }
            }
            for _ in 0..<min(groups.count * 400, 60_000, Self.partLimit / parts) {
                if tryMoves(randomExchange(), threshold) { isBetter = true }
            }
            if !isBetter, tolerance == 0 { return }
        }
    }

    /// Two to five groups, each of which goes where one of them is.
    private mutating func randomExchange() -> [(group: Int, split: Int)] {
        func below(_ bound: Int) -> Int { Int(random.below(UInt64(bound))) }
        let chosen = (0..<2 + below(4)).map { _ in below(groups.count) }
        guard Set(chosen).count == chosen.count else { return [] }
        return chosen.map { ($0, splits[chosen[below(chosen.count)]]) }
    }

    /// Makes the moves if they lower the cost, or raise it by less than the threshold.
    private mutating func tryMoves(_ moves: [(group: Int, split: Int)], _ threshold: Double) -> Bool {
        guard moves.contains(where: { splits[$0.group] != $0.split }) else { return false }
        // In order, because sums of floats depend on it.
        let labels = Set(moves.flatMap { groups[$0.group].map(\.label) }).sorted()
        let before = cost(labels)
        let old = moves.map { ($0.group, splits[$0.group]) }
        for (group, split) in moves { move(group, to: split) }
        if cost(labels) < before + threshold - 1e-9 { return true }
        for (group, split) in old { move(group, to: split) }
        return false
    }

    private mutating func move(_ group: Int, to split: Int) {
        shift(group, to: splits[group], by: -1)
        shift(group, to: split, by: 1)
        splits[group] = split
    }

    private mutating func shift(_ group: Int, to split: Int, by sign: Int) {
        filled[split] += sign * totals[group]
        for part in groups[group] { placed[part.label][split] += sign * part.count }
    }

    private func cost(_ labels: [Int]) -> Double {
        labels.reduce(Self.overfull * Double(excess(filled))) { sum, label in
            var (all, squares) = (0.0, 0.0)
            for split in 0..<3 {
                let over = max(Double(placed[label][split]) - shares[label][split], 0)
                all += over
                squares += over * over
            }
            return sum + (all * all + squares)
        }
    }

    /// Samples beyond the sizes of the splits.
    private func excess(_ filled: [Int]) -> Int {
        (0..<3).reduce(0) { $0 + max(filled[$1] - sizes[$1], 0) }
    }

    // MARK: Sizes

    /// The most sums and steps that `closestSizes` searches.
    private static let sumLimit = 4_000_000
    private static let stepLimit = 400_000_000

    /// A placement with the least excess, by dynamic programming over the sums that validation and test can have;
    /// `nil` if there are too many.
    private func closestSizes() -> (splits: [Int], filled: [Int])? {
        let total = totals.reduce(0, +)
        let largest = totals.max() ?? 0
        let (rows, columns) = (min(sizes[1] + largest, total) + 1, min(sizes[2] + largest, total) + 1)
        guard rows * columns <= Self.sumLimit, rows * columns <= Self.stepLimit / groups.count else {
            return nil
        }
        // Per pair of sums: the group that first reached it, and whether it went to validation or test.
        var reached = [Int32](repeating: -1, count: rows * columns)
        reached[0] = .max
        for (group, size) in totals.enumerated() {
            // From the largest sums down, so that no group is used twice.
            for validation in stride(from: rows - 1, through: 0, by: -1) {
                for test in stride(from: columns - 1, through: 0, by: -1) {
                    let sum = validation * columns + test
                    guard reached[sum] < 0 else { continue }
                    if validation >= size, reached[sum - size * columns] >= 0 {
                        reached[sum] = Int32(group * 2)
                    } else if test >= size, reached[sum - size] >= 0 {
                        reached[sum] = Int32(group * 2 + 1)
                    }
                }
            }
        }
        var best: (excess: Int, sum: Int)?
        for sum in reached.indices where reached[sum] >= 0 {
            let (validation, test) = sum.quotientAndRemainder(dividingBy: columns)
            let excess = excess([total - validation - test, validation, test])
            if excess < best?.excess ?? .max { best = (excess, sum) }
        }
        guard var sum = best?.sum else { return nil }
        var splits = Array(repeating: 0, count: groups.count)
        var filled = [total, 0, 0]
        while sum > 0 {
            let (group, isTest) = Int(reached[sum]).quotientAndRemainder(dividingBy: 2)
            splits[group] = 1 + isTest
            filled[1 + isTest] += totals[group]
            filled[0] -= totals[group]
            sum -= isTest == 1 ? totals[group] : totals[group] * columns
        }
        return (splits, filled)
    }
}
