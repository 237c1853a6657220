// What a user should know about a split before training on it.

internal import Dataset
internal import Shards

extension Manifest {
    /// Empty splits, classes that a split does not know, and classes with few images; one line each.
    package var warnings: [String] {
        var lines: [String] = []
        let totals = classTotals
        for split in Split.allCases where self[split].samples == 0 {
            lines.append("\(split.rawValue) is empty")
        }
        let missing = Split.allCases.compactMap { split -> String? in
            let count = self[split].classes.count { $0 == 0 }
            return count > 0 && self[split].samples > 0
                ? "\(TextStyle.count(count)) in \(split.rawValue)" : nil
        }
        if !missing.isEmpty {
            lines.append(
                "of \(TextStyle.plural(classes.count, "class")), there are missing: "
                    + missing.joined(separator: ", "))
        }
        if classes.count == 1 { lines.append("there is only one class, “\(classes.names[0].visible())”") }
        let few = totals.indices.filter { totals[$0] < 10 }
        if let smallest = few.min(by: { totals[$0] < totals[$1] }) {
            lines.append(
                "\(TextStyle.plural(few.count, "class")) with fewer than 10 images, such as "
                    + "“\(classes.names[smallest].visible())” with \(totals[smallest])")
        }
        return lines
    }
}
