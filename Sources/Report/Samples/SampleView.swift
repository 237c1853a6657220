// One sample as reports show it: its image, and the row that leads back to its source.

internal import Dataset
internal import Shards

/// A sample of a dataset with its pixels.
package struct SampleView: Sendable {
    let row: ProvenanceRow
    let image: GrayImage

    var key: String { row.key.text }

    /// What is shown when it is pointed at: key; class, split, shard and row; digest, a line each.
    var details: String {
        """
        \(key)
        class \(row.label) · \(row.split.rawValue), shard \(row.shard), row \(row.slot)
        source SHA-256 \(row.source.hex)
        """
    }
}

extension ProvenanceRow {
    /// Where its pixels are.
    var place: PixelSurvey.Place { .init(split: split, shard: shard, slot: slot) }
}

extension PixelSurvey {
    /// The samples of `rows`; those whose pixels were not read are left out.
    func views(_ rows: [ProvenanceRow], size: ImageSize) -> [SampleView] {
        rows.compactMap { row in
            images[row.place].map { SampleView(row: row, image: GrayImage(size: size, pixels: $0)) }
        }
    }
}

extension PreparedDataset {
    /// Reads the pixels of `rows`, and nothing else.
    func pixels(of rows: [ProvenanceRow], jobs: Int) throws -> PixelSurvey {
        try PixelSurvey(of: self, places: Set(rows.map(\.place)), means: 0, budget: 0, workers: jobs)
    }
}
