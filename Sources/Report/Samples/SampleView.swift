// A sample in reports: its image, and the provenance row that leads to its source.

internal import Dataset
internal import Shards

/// A sample of a dataset with its pixels.
package struct SampleView: Sendable {
    let row: ProvenanceRow
    let image: Picture

    var key: String { row.key.text }

    /// For terminals.
    var caption: String { "\(row.label)  \(key)" }

    /// The tooltip, in three lines: key; class, split, shard and row; digest.
    var details: String {
        """
        \(key)
        class \(row.label) · \(row.split.rawValue), shard \(row.shard), row \(row.slot)
        source SHA-256 \(row.source.hex)
        """
    }
}

extension ProvenanceRow {
    /// Where the sample's pixels are stored.
    var place: PixelSurvey.Place { .init(split: split, shard: shard, slot: slot) }
}

extension PixelSurvey {
    /// The samples of `rows`, without samples whose pixels were not read.
    func views(_ rows: [ProvenanceRow]) -> [SampleView] {
        rows.compactMap { row in
            images[row.place].map { SampleView(row: row, image: Picture(shape, pixels: $0)) }
        }
    }
}

extension PreparedDataset {
    /// Reads the pixels of `rows` only. Very large images become smaller, unless `areExact`.
    func pixels(of rows: [ProvenanceRow], jobs: Int, areExact: Bool = false) throws -> PixelSurvey {
        try PixelSurvey(
            of: self, places: Set(rows.map(\.place)), means: 0, budget: 0, workers: jobs,
            largestSide: areExact ? .max : PixelSurvey.largestSide)
    }
}
