// Divides samples into folds for cross-validation: equal sizes, every class in proportion, sets in one fold.

package import Dataset
package import Shards

/// The fold of each sample.
package struct FoldAssignment {
    /// Per id; `nil` for samples that have none.
    package private(set) var folds: [UInt8?]

    /// Takes one fold after the other from what is left, each by the method of `SplitAssignment`.
    ///
    /// - Parameters:
    ///   - count: of folds, 2 to 100
    ///   - isIncluded: whether a sample gets a fold
    ///   - units: sets of samples that stay together
    init(
        _ samples: [PlanInput], classCount: Int, count: Int, seed: UInt64, units: [[Int]],
        isIncluded: (Int) -> Bool
    ) {
        folds = Array(repeating: nil, count: samples.count)
        var left = samples.indices.filter(isIncluded)
        // Other numbers than those that divide the splits.
        var random = SeededRandom(seed: seed, purpose: .split, epoch: 3)
        let seed = random.next()
        let whole = Self.oversized(units.map { $0.filter(isIncluded) }, of: left.count, folds: count)
        for (fold, ids) in whole.enumerated() { for id in ids { folds[id] = UInt8(fold) } }
        left.removeAll { folds[$0] != nil }
        for fold in whole.count..<count {
            guard let ratios = SplitRatios([count - fold - 1, 1, 0]), !left.isEmpty else { break }
            var newIDs = [Int: Int](minimumCapacity: left.count)
            for (new, id) in left.enumerated() { newIDs[id] = new }
            let sets = units.map { $0.compactMap { newIDs[$0] } }.filter { $0.count > 1 }
            var groups = [UInt32?](repeating: nil, count: left.count)
            for (number, ids) in sets.enumerated() { for id in ids { groups[id] = UInt32(number) } }
            let free = left.map { id in
                var sample = samples[id]
                sample.givenSplit = nil
                return sample
            }
            let splits = SplitAssignment(
                free, groups: groups, members: sets, classCount: classCount, ratios: ratios, seed: seed
            ).splits
            for (id, split) in zip(left, splits) where split == .validation { folds[id] = UInt8(fold) }
            left = zip(left, splits).filter { $1 == .train }.map(\.0)
        }
        let bound = Set(units.joined())
        var balance = FoldBalance(
            samples, folds, count: count, classCount: classCount, isFree: { !bound.contains($0) })
        balance.improve()
        folds = balance.folds
    }

    /// Sets that are larger than an even fold, each of which fills one by itself; the largest first.
    private static func oversized(_ units: [[Int]], of total: Int, folds count: Int) -> [[Int]] {
        var (rest, whole) = (total, [[Int]]())
        for unit in units.sorted(by: { ($1.count, $0.first ?? 0) < ($0.count, $1.first ?? 0) }) {
            guard whole.count + 1 < count, unit.count * (count - whole.count) > rest else { break }
            whole.append(unit)
            rest -= unit.count
        }
        return whole
    }

    /// - Throws: an error if a fold is empty, since a model could not be judged by it
    static func check(_ folds: [UInt8?], count: Int) throws(PipelineError) {
        var sizes = Array(repeating: 0, count: count)
        for fold in folds { if let fold { sizes[Int(fold)] += 1 } }
        guard sizes.contains(0) else { return }
        throw .emptyFolds(asked: sizes.count, filled: sizes.count { $0 > 0 }, samples: sizes.reduce(0, +))
    }

    /// Folds of all samples of a prepared dataset, whatever their split: the same for the same keys, labels and units.
    ///
    /// - Throws: ``PipelineError/emptyFolds(asked:filled:samples:)``
    package init(of rows: [ProvenanceRow], classes: ClassNames, count: Int) throws(PipelineError) {
        var units: [Int: [Int]] = [:]
        for (id, row) in rows.enumerated() { if let unit = row.unit { units[unit, default: []].append(id) } }
        let samples = rows.map { row in
            PlanInput(
                identity: row.key.identity, label: classes[row.label] ?? Label(rawValue: 0),
                pixels: ShortDigest(row.source), givenSplit: nil)
        }
        self.init(
            samples, classCount: classes.count, count: count, seed: 0,
            units: units.sorted { $0.key < $1.key }.map(\.value), isIncluded: { _ in true })
        try Self.check(folds, count: count)
    }
}
