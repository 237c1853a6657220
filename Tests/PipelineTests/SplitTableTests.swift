// Tables of classes by splits: fast as the plain search is not, and with its very numbers.

import Dataset
import TestSupport
import Testing

@testable import Pipeline

@Suite("Numbers of samples per class and split")
struct SplitTableTests {
    typealias Group = [(label: Int, count: Int)]

    /// Classes, ratios and groups as they come and as they should not.
    private struct Problem {
        var sizes: [Int]
        var ratios: SplitRatios
        var groups: [Group] = []

        private static let ratios = [
            "80/10/10", "100/0/0", "0/100/0", "0/0/100", "1/1/1", "50/50/0", "50/0/50", "0/50/50", "98/1/1",
            "1/1/98", "999999/1/1", "1/0/1000000", "34/33/33", "7/11/13",
        ].compactMap { SplitRatios(text: $0) }

        init(_ random: inout SeededRandom) {
            func below(_ bound: Int) -> Int { Int(random.below(UInt64(bound))) }
            let classes = 1 + below(below(4) == 0 ? 40 : 8)
            let largest = [1, 2, 3, 5, 10, 30, 200][below(7)]
            sizes = (0..<classes).map { _ in below(5) == 0 ? below(2) : below(largest + 1) }
            ratios = Self.ratios[below(Self.ratios.count)]
            // None, a few of any size, or many small ones.
            let (count, size) = [(1, 1), (5, 100), (60, 4)][below(3)]
            var left = sizes
            for _ in 0..<below(count) {
                var group: Group = []
                for label in left.indices where left[label] > 0 && below(classes) < 2 {
                    let part = 1 + below(min(left[label], size))
                    left[label] -= part
                    group.append((label, part))
                }
                if !group.isEmpty { groups.append(group) }
            }
        }
    }

    /// Oracle: the plain search below.
    @Test("the numbers are those of the plain search, for 500 random problems")
    func sameNumbers() {
        var random = SeededRandom(seed: PropertySeed.value, purpose: .split)
        var withGroups = 0
        for _ in 0..<500 {
            let problem = Problem(&random)
            var table = SplitTable(classSizes: problem.sizes, ratios: problem.ratios)
            var plain = PlainSplitTable(classSizes: problem.sizes, ratios: problem.ratios)
            var singles = problem.sizes
            for group in problem.groups {
                #expect(
                    table.place(group: group) == plain.place(group: group),
                    "\(problem), seed \(PropertySeed.value)")
                for part in group { singles[part.label] -= part.count }
            }
            #expect(
                table.solve(singles: singles) == plain.solve(singles: singles),
                "\(problem), seed \(PropertySeed.value)")
            withGroups += problem.groups.isEmpty ? 0 : 1
        }
        #expect(withGroups > 100)
    }

    @Test("as many classes as labels can number, each of three, are split exactly", arguments: [false, true])
    func manyClasses(areTwins: Bool) {
        let sizes = Array(repeating: 3, count: ClassNames.limit)
        var table = SplitTable(classSizes: sizes, ratios: .standard)
        var singles = sizes
        var totals = [0, 0, 0]
        // Two of each class are the same image.
        for label in areTwins ? 0..<sizes.count : 0..<0 {
            totals[table.place(group: [(label, 2)])] += 2
            singles[label] -= 2
        }
        let numbers = table.solve(singles: singles)
        #expect(numbers.map { $0.reduce(0, +) } == singles)
        for row in numbers { for split in 0..<3 { totals[split] += row[split] } }
        #expect(totals == [157_286, 19_661, 19_661])
    }

    /// Costs are so large here that rounding made moving a sample there and back look like an improvement.
    @Test("a set of twins that is far larger than any split's share of its class does not hold up the split")
    func largeGroup() {
        let sizes = [28_234, 13_405, 7_375, 11_411]
        let ratios = SplitRatios(text: "7/11/13") ?? .standard
        var table = SplitTable(classSizes: sizes, ratios: ratios)
        var totals = [0, 0, 0]
        totals[table.place(group: [(2, 6_200)])] += 6_200
        let singles = [28_234, 13_405, 1_175, 11_411]
        let numbers = table.solve(singles: singles)
        #expect(numbers.map { $0.reduce(0, +) } == singles)
        #expect(numbers.allSatisfy { $0.allSatisfy { $0 >= 0 } })
        for row in numbers { for split in 0..<3 { totals[split] += row[split] } }
        #expect(totals == ratios.sizes(of: 60_425))
    }

    @Test("a tournament knows the cheapest, of equals the lowest, after any change of costs")
    func tournament() {
        var random = SeededRandom(seed: PropertySeed.value, purpose: .split)
        func cost() -> Double {
            let number = random.below(6)
            return number == 0 ? .infinity : Double(number)
        }
        for count in [0, 1, 2, 3, 7, 8, 9, 100] {
            var costs = (0..<count).map { _ in cost() }
            var tournament = Tournament(costs)
            for _ in 0..<300 {
                let cheapest = costs.indices.filter { costs[$0] < .infinity }.min { costs[$0] < costs[$1] }
                #expect(tournament.best?.label == cheapest, "seed \(PropertySeed.value)")
                #expect(tournament.best?.cost == cheapest.map { costs[$0] })
                guard count > 0 else { break }
                let label = Int(random.below(UInt64(count)))
                costs[label] = cost()
                tournament.update(label, cost: costs[label])
            }
        }
    }
}

/// The same search without anything kept: it sums and scans all classes for every group and every move.
private struct PlainSplitTable {
    private let sizes: [Int]
    private let shares: [[Double]]
    private let sizesOfClasses: [Int]
    private let ratios: [Double]
    private var placed: [[Int]]
    private static let splits = 0..<3

    init(classSizes: [Int], ratios: SplitRatios) {
        sizes = ratios.sizes(of: classSizes.reduce(0, +))
        self.ratios = ratios.shares
        sizesOfClasses = classSizes
        shares = classSizes.map { size in ratios.shares.map { Double(size) * $0 } }
        placed = classSizes.map { _ in [0, 0, 0] }
    }

    mutating func place(group: [(label: Int, count: Int)]) -> Int {
        let total = group.reduce(0) { $0 + $1.count }
        func room(_ split: Int) -> Int { sizes[split] - placed.reduce(0) { $0 + $1[split] } }
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
        for part in group { placed[part.label][split] += part.count }
        return split
    }

    func solve(singles: [Int]) -> [[Int]] {
        var numbers = singles.enumerated().map { label, count in roundedRow(label, count) }
        var surplus = columnTargets(total: singles.reduce(0, +)).map { -$0 }
        for row in numbers { for split in Self.splits { surplus[split] += row[split] } }
        while let from = Self.splits.first(where: { surplus[$0] > 0 }),
            let to = Self.splits.first(where: { surplus[$0] < 0 })
        {
            let third = 3 - from - to
            let paths = [[from, to], [from, third, to]].compactMap { move(along: $0, in: numbers) }
            guard let best = paths.min(by: { $0.cost < $1.cost }) else { break }
            best.apply(to: &numbers)
            surplus[from] -= 1
            surplus[to] += 1
        }
        let cycles = [[0, 1, 0], [0, 2, 0], [1, 2, 1], [0, 1, 2, 0], [0, 2, 1, 0]]
        while let better = cycles.compactMap({ move(along: $0, in: numbers) })
            .filter({ $0.cost < -1e-9 }).min(by: { $0.cost < $1.cost })
        {
            better.apply(to: &numbers)
        }
        return numbers
    }

    private func columnTargets(total: Int) -> [Int] {
        var targets = Self.splits.map { split in sizes[split] - placed.reduce(0) { $0 + $1[split] } }
        while let over = Self.splits.first(where: { targets[$0] < 0 }),
            let largest = Self.splits.max(by: { (targets[$0], -$0) < (targets[$1], -$1) })
        {
            targets[largest] += targets[over]
            targets[over] = 0
        }
        return targets
    }

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

    private struct Move {
        var cost = 0.0
        var steps: [(label: Int, from: Int, to: Int)] = []

        func apply(to numbers: inout [[Int]]) {
            for step in steps {
                numbers[step.label][step.from] -= 1
                numbers[step.label][step.to] += 1
            }
        }
    }

    private func move(along path: [Int], in numbers: [[Int]]) -> Move? {
        var (numbers, move) = (numbers, Move())
        for (from, to) in zip(path, path.dropFirst()) {
            var best: (cost: Double, label: Int)?
            for label in numbers.indices where numbers[label][from] > 0 && ratios[to] > 0 {
                let cost =
                    penalty(label, from, numbers[label][from] - 1)
                    - penalty(label, from, numbers[label][from])
                    + penalty(label, to, numbers[label][to] + 1) - penalty(label, to, numbers[label][to])
                if cost < best?.cost ?? .infinity { best = (cost, label) }
            }
            guard let best else { return nil }
            move.cost += best.cost
            move.steps.append((best.label, from, to))
            numbers[best.label][from] -= 1
            numbers[best.label][to] += 1
        }
        return move
    }

    private func penalty(_ label: Int, _ split: Int, _ number: Int) -> Double {
        let filled = number + placed[label][split]
        let distance = abs(Double(filled) - shares[label][split])
        let excess = max(distance - 1, 0)
        let isMissing = filled == 0 && ratios[split] > 0 && sizesOfClasses[label] >= 3
        return distance * distance + 1000 * excess * excess + (isMissing ? 1e6 : 0)
    }
}
