// Chooses the samples to show: the first stored ones of each class and split.

internal import Dataset
internal import Shards

/// Provenance rows of the samples to show.
///
/// Shards are shuffled when they are written, so the first samples of a class are a random choice. They are the same
/// each time, and only few blocks need to be read.
struct SampleSelection {
    /// Rows by split and class, in stored order.
    private var rows: [Split: [[ProvenanceRow]]] = [:]

    /// At most `limit` samples of each class and split.
    init(_ provenance: [ProvenanceRow], classes: ClassNames, limit: Int) {
        for split in Split.allCases { rows[split] = Array(repeating: [], count: classes.count) }
        for row in provenance {
            guard let label = classes[row.label] else { continue }
            rows[row.split]?[label.index].insert(row, limit: limit)
        }
    }

    func rows(_ split: Split, _ label: Int) -> [ProvenanceRow] { rows[split]?[label] ?? [] }

    /// `count` samples, evenly from all classes, earlier splits first; sorted by class.
    func mixed(_ count: Int, splits: [Split], labels: [Int]) -> [ProvenanceRow] {
        let byClass = labels.map { label in splits.flatMap { rows($0, label) } }
        return Self.inTurn(byClass, count: count)
    }

    /// At most `count` items: one of each list, then a second one of each, and so on; in the order of the lists.
    static func inTurn<Item>(_ lists: [[Item]], count: Int) -> [Item] {
        var taken = Array(repeating: 0, count: lists.count)
        var left = count
        while left > 0, taken.indices.contains(where: { taken[$0] < lists[$0].count }) {
            for index in taken.indices where left > 0 && taken[index] < lists[index].count {
                taken[index] += 1
                left -= 1
            }
        }
        return zip(lists, taken).flatMap { list, count in list.prefix(count) }
    }
}

extension [ProvenanceRow] {
    /// Inserts a row in order of shard and slot, and drops the last row if there are more than `limit`.
    fileprivate mutating func insert(_ new: Element, limit: Int) {
        func isEarlier(_ a: Element, _ b: Element) -> Bool { (a.shard, a.slot) < (b.shard, b.slot) }
        if count == limit, let last, !isEarlier(new, last) { return }
        insert(new, at: firstIndex { isEarlier(new, $0) } ?? count)
        if count > limit { removeLast() }
    }
}
