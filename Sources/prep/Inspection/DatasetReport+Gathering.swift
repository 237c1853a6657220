// Reads from a dataset what its report shows.

internal import Dataset
internal import Foundation
internal import Report
internal import Shards

extension DatasetReport {
    /// Limits that keep the page of any dataset small.
    private enum Limit {
        /// Samples of a class and split, and in all sheets together.
        static let perSheet = 30, inSheets = 1200
        static let duplicateGroups = 60, perGroup = 6
        static let findingExamples = 24
        static let rejections = 200
        /// Bytes of pixels that means and histogram are measured on.
        static let pixels = 256 << 20
    }

    init(_ dataset: PreparedDataset, workers: Int) throws {
        let manifest = dataset.manifest
        let provenance = try dataset.provenance()
        let shown = min(manifest.classes.count, Self.classLimit)
        let perSheet = max(1, min(Limit.perSheet, Limit.inSheets / max(shown * 3, 1)))
        let selection = SampleSelection(provenance, classes: dataset.classes, limit: perSheet)
        let sheetRows = (0..<shown).flatMap { label in
            Split.allCases.map { (split: $0, label: label, rows: selection.rows($0, label)) }
        }
        let groups = Self.duplicateGroups(provenance)
        // Exact duplicates have a part of the page of their own.
        let worthALook = manifest.findings.filter {
            $0.name != "duplicate" && ($0.samples > 0 || $0.dropped > 0)
        }
        let findings = worthALook.map { finding in
            (finding, finding.exampleGroups(provenance, limit: Limit.findingExamples))
        }
        var places = Set(sheetRows.flatMap { $0.rows.map(\.row.place) })
        for group in groups + findings.flatMap(\.1) { places.formUnion(group.map(\.place)) }
        let survey = try PixelSurvey(
            of: dataset, places: places, means: shown, budget: Limit.pixels, workers: workers)
        func view(_ row: ProvenanceRow) -> SampleView? {
            survey.images[row.place].map { SampleView(row, $0, size: manifest.image) }
        }
        self.init(
            summary: try DatasetSummary(dataset),
            sheets: sheetRows.map { split, label, rows in
                let total = manifest[split].classes[label]
                return Sheet(
                    split: split, label: label, samples: rows.compactMap { view($0.row) }, total: total)
            },
            pixels: Pixels(survey, manifest),
            duplicates: groups.map { $0.compactMap(view) },
            rejections: try dataset.rejections().prefix(Limit.rejections).map { ($0.key.text, $0.reason) },
            findings: findings.map { finding, groups in
                Report.Finding(finding, examples: groups.map { $0.compactMap(view) })
            },
            configuration: String(manifest.configuration.readableText.dropLast()),
            exampleShard: manifest.shards.last?.record.name ?? "")
    }

    /// The first groups of identical images.
    private static func duplicateGroups(_ provenance: [ProvenanceRow]) -> [[ProvenanceRow]] {
        var groups: [Int: [ProvenanceRow]] = [:]
        for row in provenance {
            guard let group = row.group, group < Limit.duplicateGroups else { continue }
            if groups[group, default: []].count < Limit.perGroup { groups[group, default: []].append(row) }
        }
        return groups.sorted { $0.key < $1.key }.map(\.value)
    }
}

extension DatasetReport.Pixels {
    init(_ survey: PixelSurvey, _ manifest: Manifest) {
        self.init(
            means: survey.sums.indices.map { label in
                survey.mean(ofClass: label).map { GrayImage(size: manifest.image, pixels: $0) }
            },
            histogram: survey.histogram, measured: survey.measured,
            total: manifest.shards.reduce(0) { $0 + $1.record.samples })
    }
}
