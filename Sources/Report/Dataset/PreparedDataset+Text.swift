// What `prep inspect` prints: an overview of a dataset.

internal import Dataset
package import Shards

extension PreparedDataset {
    package func text(width: Int) throws -> String {
        let head = manifest.headLines(folder)
        let rejections = try rejections().prefix(3).map { "    " + "\($0.key): \($0.reason)".visible() }
        let tables = [manifest.findingLines(), manifest.splitLines(), manifest.classLines(width: width)]
        return (head + rejections + tables.flatMap { $0.isEmpty ? [] : [""] + $0 }).joined(separator: "\n")
    }
}

extension Manifest {
    fileprivate func headLines(_ folder: String) -> [String] {
        let size = TextStyle.plural(classes.count, "class")
        let groups = TextStyle.plural(duplicates.groups, "group")
        var table = TextTable([.left, .left])
        table.add(["images", "\(TextStyle.count(samples)) of \(image.size), \(image.colors), \(size)"])
        table.add(["on disk", TextStyle.bytes(totalBytes)])
        table.add([
            "pixels",
            "mean \(TextStyle.decimals(mean, 4)), "
                + "standard deviation \(TextStyle.decimals(std, 4)) (train, 0 to 1)",
        ])
        table.add([
            "duplicates",
            duplicates.groups == 0
                ? "none" : "\(groups), \(duplicates.text)",
        ])
        table.add(["near-duplicates", nearDuplicates.text])
        if !folds.isEmpty {
            table.add([
                "folds",
                "\(folds.count) of \(TextStyle.range(folds.map(\.samples))) images of train and validation",
            ])
        }
        table.add([
            "rejected", rejected == 0 ? "none" : "\(TextStyle.count(rejected)), listed in rejected.csv",
        ])
        table.add(["seed", String(seed)])
        table.add(["digest", digest.hex])
        return ["\(name) (\(folder))"] + table.lines()
    }

    fileprivate func findingLines() -> [String] {
        let found = findings.filter { $0.samples > 0 }
        guard !found.isEmpty else { return [] }
        var table = TextTable([.left, .right, .left])
        for finding in found { table.add([finding.name, TextStyle.count(finding.samples), finding.rule]) }
        return ["  worth a look (--drop NAME,… leaves images out when preparing)"] + table.lines()
    }

    fileprivate func splitLines() -> [String] {
        var table = TextTable([.left, .right, .right, .right, .right])
        table.add(["split", "samples", hasCopies ? "copies" : "", "shards", "bytes"])
        for split in Split.allCases {
            let contents = self[split]
            table.add([
                split.rawValue, TextStyle.count(contents.samples),
                hasCopies ? TextStyle.count(contents.copies) : "", TextStyle.count(contents.shards.count),
                TextStyle.bytes(contents.shards.reduce(0) { $0 + $1.bytes }),
            ])
        }
        return table.lines()
    }

    /// One line per class: its samples per split, and a bar that is longest for the largest class.
    fileprivate func classLines(width: Int) -> [String] {
        let splits = Split.allCases
        var table = TextTable([.left] + splits.map { _ in .right } + [.left])
        table.add(["class"] + splits.map(\.rawValue) + [""])
        let totals = classTotals
        let largest = max(totals.max() ?? 1, 1)
        let used = 2 + max(classes.names.map(\.count).max() ?? 0, 5) + splits.count * 12
        let barWidth = min(max(width - used - 2, 8), 40)
        for (label, name) in classes.names.prefix(64).enumerated() {
            table.add(
                [name] + splits.map { TextStyle.count(self[$0].classes[label]) }
                    + [TextBar.bar(Double(totals[label]) / Double(largest), width: barWidth)])
        }
        var lines = table.lines()
        if classes.count > 64 {
            lines.append("  … and \(classes.count - 64) more classes (--json lists all)")
        }
        return lines
    }
}

extension Manifest.Duplicates {
    /// Such as `110 images, none across splits`.
    var text: String {
        "\(TextStyle.count(samples)) images, \(crossing == 0 ? "none" : TextStyle.count(crossing)) across splits"
    }
}

extension Manifest.NearDuplicates {
    /// Such as `244 pairs within 8 levels, none across splits; the largest set has 5 images`.
    var text: String {
        guard pairs > 0 else { return "none" }
        let distance = "within \(TextStyle.levels(levels)) levels"
        let parted = crossing == 0 ? "none" : TextStyle.count(crossing)
        let set = largest > 1 ? "; the largest set has \(TextStyle.plural(largest, "image"))" : ""
        return "\(TextStyle.plural(pairs, "pair")) \(distance), \(parted) across splits\(set)"
    }
}

extension Manifest {
    /// Whether any split has augmented copies.
    var hasCopies: Bool { Split.allCases.contains { self[$0].copies > 0 } }

    /// Samples of each class in all splits together, in label order.
    var classTotals: [Int] {
        classes.names.indices.map { label in Split.allCases.reduce(0) { $0 + self[$1].classes[label] } }
    }
}
