// Reads everything that a dataset's page shows.

internal import Dataset
package import Shards

extension DatasetReport {
    /// Limits that keep the page of any dataset small.
    private enum Limit {
        /// Samples per class and split, and in all sheets together.
        static let perSheet = 30, inSheets = 1200
        static let duplicateGroups = 60, perGroup = 6
        static let findingExamples = 24
        static let rejections = 200
        /// Bytes of pixels to measure means and histogram on.
        static let pixels = 256 << 20
    }

    package init(_ dataset: PreparedDataset, workers: Int) throws {
        let manifest = dataset.manifest
        let provenance = try dataset.provenance()
        let shown = min(manifest.classes.count, Self.classLimit)
        let perSheet = max(1, min(Limit.perSheet, Limit.inSheets / max(shown * 3, 1)))
        let selection = SampleSelection(provenance, classes: dataset.classes, limit: perSheet)
        let sheetRows = (0..<shown).flatMap { label in
            Split.allCases.map { (split: $0, label: label, rows: selection.rows($0, label)) }
        }
        let groups = Self.duplicateGroups(provenance)
        // Exact duplicates have their own part of the page.
        let worthALook = manifest.findings.filter {
            $0.name != "duplicate" && ($0.samples > 0 || $0.dropped > 0)
        }
        let table = try dataset.findingRows()
        let findings = worthALook.map { finding in
            (finding: finding, rows: Self.examples(of: finding, table, provenance))
        }
        var places = Set(sheetRows.flatMap { $0.rows.map(\.place) })
        for group in groups + findings.flatMap(\.rows) { places.formUnion(group.map(\.place)) }
        let survey = try PixelSurvey(
            of: dataset, places: places, means: shown, budget: Limit.pixels, workers: workers)
        func views(_ rows: [ProvenanceRow]) -> [SampleView] { survey.views(rows) }
        self.init(
            manifest: manifest,
            sheets: sheetRows.map { Sheet(split: $0.split, label: $0.label, samples: views($0.rows)) },
            means: survey.sums.indices.map { label in
                survey.mean(ofClass: label).map { Picture(survey.shape, pixels: $0) }
            },
            histogram: survey.histogram, measured: survey.measured, duplicates: groups.map(views),
            rejections: Array(try dataset.rejections().prefix(Limit.rejections)),
            findings: findings.map { (finding: $0.finding, examples: $0.rows.map(views)) })
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

    /// The rows of a finding's examples, in groups; an example that belongs to no other is a group of one. Single ones are
    /// taken from all classes in turn, of each class in the order of the table.
    private static func examples(
        of finding: Finding, _ table: [FindingRow], _ provenance: [ProvenanceRow]
    ) -> [[ProvenanceRow]] {
        let limit = Limit.findingExamples
        let ids =
            finding.groups.map { Array($0.prefix(limit / 2)) }
            ?? spread(
                table.lazy.filter { $0.finding == finding.name }.map(\.id), provenance, limit: limit
            ).map { [$0] }
        return ids.map { group in
            group.prefix(Limit.perGroup).compactMap { id in
                provenance.indices.contains(Int(id)) ? provenance[Int(id)] : nil
            }
        }
    }

    /// At most `limit` ids, one of each class, then a second one of each, and so on; sorted by class.
    private static func spread(
        _ ids: some Sequence<UInt32>, _ provenance: [ProvenanceRow], limit: Int
    ) -> [UInt32] {
        var byLabel: [Key: [UInt32]] = [:]
        for id in ids where provenance.indices.contains(Int(id)) {
            let label = Key(utf8: provenance[Int(id)].label)
            if byLabel[label, default: []].count < limit { byLabel[label, default: []].append(id) }
        }
        return SampleSelection.inTurn(byLabel.sorted { $0.key < $1.key }.map(\.value), count: limit)
    }
}
