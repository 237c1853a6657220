// Which samples of a dataset are looked at: the first stored ones of each class, or those that are asked for.

internal import Dataset
internal import Report
internal import Shards

/// Rows of the provenance to show.
///
/// Rows lie in random order in their shards, so the first of a class are a random sample of it, the same one
/// each time, and few blocks have to be read for them.
struct SampleSelection {
    /// A sample's row, and its id.
    typealias Row = (id: Int, row: ProvenanceRow)

    /// Rows by split and class, those stored first in front.
    private var rows: [Split: [[Row]]] = [:]
    private let limit: Int

    /// At most `limit` samples of each class and split.
    init(_ provenance: [ProvenanceRow], classes: ClassNames, limit: Int) {
        self.limit = limit
        for split in Split.allCases { rows[split] = Array(repeating: [], count: classes.count) }
        for (id, row) in provenance.enumerated() {
            guard let label = classes[row.label] else { continue }
            rows[row.split]?[label.index].insert((id, row), limit: limit)
        }
    }

    func rows(_ split: Split, _ label: Int) -> [Row] { rows[split]?[label] ?? [] }

    /// `count` samples, of all classes in turn, train first; sorted by class.
    func mixed(_ count: Int, splits: [Split], labels: [Int]) -> [Row] {
        let byClass = labels.map { label in splits.flatMap { rows($0, label) } }
        var taken = Array(repeating: 0, count: labels.count)
        var left = count
        while left > 0, taken.indices.contains(where: { taken[$0] < byClass[$0].count }) {
            for index in taken.indices where left > 0 && taken[index] < byClass[index].count {
                taken[index] += 1
                left -= 1
            }
        }
        return zip(byClass, taken).flatMap { rows, count in rows.prefix(count) }
    }
}

extension [SampleSelection.Row] {
    /// Inserts a row where it belongs by shard and slot, and drops the last one above `limit`.
    fileprivate mutating func insert(_ new: Element, limit: Int) {
        func isEarlier(_ a: Element, _ b: Element) -> Bool {
            (a.row.shard, a.row.slot) < (b.row.shard, b.row.slot)
        }
        if count == limit, let last, !isEarlier(new, last) { return }
        insert(new, at: firstIndex { isEarlier(new, $0) } ?? count)
        if count > limit { removeLast() }
    }
}

extension ProvenanceRow {
    /// Where its pixels are.
    var place: PixelSurvey.Place { .init(split: split, shard: shard, slot: slot) }
}

extension SampleView {
    /// A row of the provenance with its pixels.
    init(_ row: ProvenanceRow, _ pixels: [UInt8], size: ImageSize) {
        self.init(
            image: GrayImage(size: size, pixels: pixels), key: row.key.text, label: row.label,
            place: Place(split: row.split, shard: row.shard, slot: row.slot), source: row.source)
    }
}
