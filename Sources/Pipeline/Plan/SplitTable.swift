// How many samples of each class go to each split, with exact totals.

internal import Dataset

/// A table of classes by splits, to be filled with whole numbers.
///
/// Column sums are the exact sizes of the splits, row sums the sizes of the classes, and each cell should
/// be its class's share, rounded down or up; a class of three samples or more should miss no split. Finding such a table is controlled rounding, a transport
/// problem. With three columns, moving single samples along the cheapest paths and cycles between columns
/// solves it: `SampleMoves` repeats that until no move helps.
struct SplitTable {
    /// Exact sizes of the splits.
    let sizes: [Int]
    /// Per class and split: the share that the ratios give.
    let shares: [[Double]]
    private let sizesOfClasses: [Int]
    private let ratios: [Double]
    /// Per class and split: samples already placed as parts of groups.
    private var placed: [[Int]]
    /// Per split: the sum of `placed`.
    private var filled = [0, 0, 0]

    private static let splits = 0..<3

    var classCount: Int { shares.count }

    init(classSizes: [Int], ratios: SplitRatios) {
        sizes = ratios.sizes(of: classSizes.reduce(0, +))
        self.ratios = ratios.shares
        sizesOfClasses = classSizes
        shares = classSizes.map { size in ratios.shares.map { Double(size) * $0 } }
        placed = classSizes.map { _ in [0, 0, 0] }
    }

    // MARK: Groups

    /// Chooses a split for a group with the given numbers of samples per class, and counts the group there.
    ///
    /// Of the splits with enough room, it takes the one furthest behind its share of the groups so far, so
    /// that duplicates are spread as evenly as everything else.
    mutating func place(group: [(label: Int, count: Int)]) -> Int {
        let total = group.reduce(0) { $0 + $1.count }
        func room(_ split: Int) -> Int { sizes[split] - filled[split] }
        func keepsShares(_ split: Int) -> Bool {
            group.allSatisfy {
                Double(placed[$0.label][split] + $0.count) <= shares[$0.label][split].rounded(.up)
            }
        }
        func lag(_ split: Int) -> Double {
            group.reduce(0) { sum, part in
                let soFar = placed[part.label].reduce(0, +) + part.count
                return sum + Double(soFar) * ratios[split] - Double(placed[part.label][split])
            }
        }
        let fitting = Self.splits.filter { room($0) >= total }
        let best = fitting.filter(keepsShares)
        let candidates = !best.isEmpty ? best : fitting
        let choice =
            candidates.isEmpty
            ? Self.splits.max { (room($0), -$0) < (room($1), -$1) }
            : candidates.max { (lag($0), -$0) < (lag($1), -$1) }
        let split = choice ?? 0
        place(group, in: split)
        return split
    }

    /// Counts a group in a split.
    mutating func place(_ group: [(label: Int, count: Int)], in split: Int) {
        for part in group {
            placed[part.label][split] += part.count
            filled[split] += part.count
        }
    }

    // MARK: Singles

    /// The number of single samples of each class for each split.
    ///
    /// - Parameter singles: number of single samples per class
    func solve(singles: [Int]) -> [[Int]] {
        let numbers = singles.enumerated().map { label, count in roundedRow(label, count) }
        var surplus = columnTargets(total: singles.reduce(0, +)).map { -$0 }
        for row in numbers { for split in Self.splits { surplus[split] += row[split] } }
        var moves = SampleMoves(numbers, in: self)
        while let from = Self.splits.first(where: { surplus[$0] > 0 }),
            let to = Self.splits.first(where: { surplus[$0] < 0 })
        {
            let third = 3 - from - to
            let paths = [[from, to], [from, third, to]].compactMap { moves.cheapest(along: $0) }
            guard let best = paths.min(by: { $0.cost < $1.cost }) else { break }
            moves.make(best)
            surplus[from] -= 1
            surplus[to] += 1
        }
        let cycles = [[0, 1, 0], [0, 2, 0], [1, 2, 1], [0, 1, 2, 0], [0, 2, 1, 0]]
        // If a group is far larger than its share, rounding errors of huge costs can make a cycle look like progress.
        while !moves.isGoingInCircles,
            let better = cycles.compactMap({ moves.cheapest(along: $0) })
                .filter({ $0.cost < -1e-9 }).min(by: { $0.cost < $1.cost })
        {
            moves.make(better)
        }
        return moves.numbers
    }

    /// The room left in each split. If groups overfill a split, the split with the most room gives up the excess.
    private func columnTargets(total: Int) -> [Int] {
        var targets = Self.splits.map { split in sizes[split] - filled[split] }
        while let over = Self.splits.first(where: { targets[$0] < 0 }),
            let largest = Self.splits.max(by: { (targets[$0], -$0) < (targets[$1], -$1) })
        {
            targets[largest] += targets[over]
            targets[over] = 0
        }
        return targets
    }

    /// A class's single samples per split, in proportion to what each split lacks; rounded by largest remainder.
    private func roundedRow(_ label: Int, _ count: Int) -> [Int] {
        var lacking = Self.splits.map { max(shares[label][$0] - Double(placed[label][$0]), 0) }
        let total = lacking.reduce(0, +)
        if total > 0 { lacking = lacking.map { $0 * Double(count) / total } }
        var row = lacking.map { Int($0) }
        let order = Self.splits.sorted { a, b in
            let (x, y) = (lacking[a] - Double(row[a]), lacking[b] - Double(row[b]))
            return x == y ? a < b : x > y
        }
        var index = 0
        while row.reduce(0, +) < count {
            row[order[index % 3]] += 1
            index += 1
        }
        return row
    }

    // MARK: Costs

    /// What it costs to move one more single sample of a class from one split to another; infinite if there is no
    /// sample to move or the target's ratio is 0.
    ///
    /// - Parameter row: single samples of the class per split
    func cost(ofMoving label: Int, _ row: [Int], from: Int, to: Int) -> Double {
        guard row[from] > 0, ratios[to] > 0 else { return .infinity }
        return penalty(label, from, row[from] - 1) - penalty(label, from, row[from])
            + penalty(label, to, row[to] + 1) - penalty(label, to, row[to])
    }

    /// Squared distance from the share, with a heavy penalty beyond one whole sample, and a heavier one for a class
    /// that is missing in a split though it has a sample for each. Convex in `number`, as `solve` needs.
    private func penalty(_ label: Int, _ split: Int, _ number: Int) -> Double {
        let filled = number + placed[label][split]
        let distance = abs(Double(filled) - shares[label][split])
        let excess = max(distance - 1, 0)
        let isMissing = filled == 0 && ratios[split] > 0 && sizesOfClasses[label] >= Self.splits.count
        return distance * distance + 1000 * excess * excess + (isMissing ? 1e6 : 0)
    }
}
