// prep inspect --show and --png: some samples in the terminal, or as a PNG.

package import Dataset
package import Shards

/// Thrown if options ask for samples that a dataset does not have.
package struct UnknownSamples: Failure {
    package let description: String
    package var kind: FailureKind { .usage }
}

/// The samples that the options select, with their images.
package struct SampleShow {
    let samples: [SampleView]

    package var count: Int { samples.count }

    /// Of the pixels of all of them.
    package var byteCount: Int { samples.reduce(0) { $0 + $1.image.pixels.count } }

    /// - Parameters:
    ///   - count: number of samples, unless `keys` are given
    ///   - areExact: whether very large images keep their size
    /// - Throws: `UnknownSamples` if there are none
    package init(
        _ dataset: PreparedDataset, count: Int, classNames: [String], split: Split?, keys: [String],
        workers: Int, areExact: Bool
    ) throws {
        let provenance = try dataset.provenance()
        let rows =
            try keys.isEmpty
            ? Self.select(provenance, dataset.classes, count, classNames, split)
            : Self.find(keys, provenance, dataset)
        samples = try dataset.pixels(of: rows, jobs: workers, areExact: areExact).views(rows)
        guard !samples.isEmpty else {
            throw UnknownSamples(
                description: "no such samples in \(dataset.folder); prep inspect lists its splits and classes"
            )
        }
    }

    package func text(width: Int, colors: TerminalColors) -> String {
        TerminalImages(samples).text(width: width, colors: colors)
    }

    /// The samples as one image, up to ten side by side.
    package var sheet: ContactSheet {
        ContactSheet(samples.map(\.image), columns: min(samples.count, 10))
    }

    private static func select(
        _ provenance: [ProvenanceRow], _ classes: ClassNames, _ count: Int, _ names: [String], _ split: Split?
    ) throws -> [ProvenanceRow] {
        let labels = try names.map { name in
            guard let label = classes[name] ?? classes[Key(utf8: name).text] else {
                let known = classes.names.prefix(20).map(\.excerpt).joined(separator: ", ")
                let rest = classes.count > 20 ? " …" : ""
                throw UnknownSamples(
                    description: "--class: no class “\(name.visible())”; the classes are \(known)\(rest)")
            }
            return label.index
        }
        return SampleSelection(provenance, classes: classes, limit: count).mixed(
            count, splits: split.map { [$0] } ?? Split.allCases,
            labels: labels.isEmpty ? Array(0..<classes.count) : labels)
    }

    private static func find(
        _ keys: [String], _ provenance: [ProvenanceRow], _ dataset: PreparedDataset
    ) throws -> [ProvenanceRow] {
        try keys.map { key in
            guard let row = provenance.first(where: { $0.key == Key(text: key) }) else {
                let example = provenance.first.map { ", such as “\($0.key)”" } ?? ""
                throw UnknownSamples(
                    description: "--key: no sample “\(key.visible())” in \(dataset.folder); "
                        + "keys are paths in the source\(example)")
            }
            return row
        }
    }
}
