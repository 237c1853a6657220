// Quality findings of a manifest, as a page shows them.

internal import Report
internal import Shards

extension Shards.Finding {
    /// Rows of the examples: by themselves, or those that belong together in one group.
    func exampleGroups(_ provenance: [ProvenanceRow], limit: Int) -> [[ProvenanceRow]] {
        let ids = groups.map { Array($0.prefix(limit / 2)) } ?? examples.prefix(limit).map { [$0] }
        return ids.map { group in
            group.prefix(6).compactMap { id in
                provenance.indices.contains(Int(id)) ? provenance[Int(id)] : nil
            }
        }
    }
}

extension Report.Finding {
    init(_ finding: Shards.Finding, examples: [[SampleView]]) {
        var rule = finding.rule.prefix(1).uppercased() + finding.rule.dropFirst()
        if let classes = finding.classes, !classes.isEmpty { rule += ": \(classes.joined(separator: ", "))" }
        rule += "."
        if finding.dropped > 0 { rule += " \(TextStyle.count(finding.dropped)) were left out by --drop." }
        self.init(
            identifier: finding.name, title: Self.titles[finding.name] ?? finding.name, rule: rule,
            threshold: "", count: finding.samples, examples: examples)
    }

    private static let titles = [
        "blank": "Blank or nearly blank", "faint": "Very faint", "inverted": "Inverted relative to the rest",
        "grey-paper": "On grey paper", "frame": "Frame lines at the border", "edge": "Ink touching the edge",
        "small-source": "Tiny source images", "unusual-size": "Unusual source size",
        "near-duplicate": "Nearly identical images",
        "conflicting": "Identical images with different labels", "imbalance": "Uneven classes",
    ]
}
