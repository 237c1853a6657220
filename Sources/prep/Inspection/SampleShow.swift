// prep inspect --show and --png: some samples in the terminal, or as a picture.

internal import ArgumentParser
internal import Dataset
internal import Report
internal import Shards

/// The samples that options ask for, with their images.
struct SampleShow {
    let samples: [SampleView]

    /// - Parameters:
    ///   - count: how many; all `keys` are shown in any case
    init(
        _ dataset: PreparedDataset, count: Int, classNames: [String], split: Split?, keys: [String],
        workers: Int
    ) throws {
        let provenance = try dataset.provenance()
        let rows =
            try keys.isEmpty
            ? Self.select(provenance, dataset.classes, count, classNames, split)
            : Self.find(keys, provenance, dataset)
        let survey = try PixelSurvey(
            of: dataset, places: Set(rows.map(\.place)), means: 0, budget: 0, workers: workers)
        samples = rows.compactMap { row in
            survey.images[row.place].map { SampleView(row, $0, size: dataset.manifest.image) }
        }
    }

    private static func select(
        _ provenance: [ProvenanceRow], _ classes: ClassNames, _ count: Int, _ names: [String], _ split: Split?
    ) throws -> [ProvenanceRow] {
        let labels = try names.map { name in
            guard let label = classes[name] else {
                let known = classes.names.prefix(20).joined(separator: ", ")
                throw ValidationError(
                    "--class: no class “\(name)”; there are \(known)\(classes.count > 20 ? " …" : "")")
            }
            return label.index
        }
        return SampleSelection(provenance, classes: classes, limit: count).mixed(
            count, splits: split.map { [$0] } ?? Split.allCases,
            labels: labels.isEmpty ? Array(0..<classes.count) : labels
        ).map(\.row)
    }

    private static func find(
        _ keys: [String], _ provenance: [ProvenanceRow], _ dataset: PreparedDataset
    ) throws -> [ProvenanceRow] {
        try keys.map { key in
            guard let row = provenance.first(where: { $0.key == Key(text: key) }) else {
                let example = provenance.first.map { ", such as “\($0.key)”" } ?? ""
                throw ValidationError(
                    "--key: no sample “\(key)” in \(dataset.folder); keys are paths in the source\(example)")
            }
            return row
        }
    }
}
