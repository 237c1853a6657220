// What `prep inspect` prints: a dataset at a glance.

public import Dataset

/// Plain values of a dataset, to be shown.
public struct DatasetSummary: Sendable {
    public struct SplitSummary: Sendable {
        public var split: Split
        public var samples: Int
        public var copies: Int
        /// Samples per class, in label order.
        public var classes: [Int]
        public var shards: Int
        public var bytes: Int

        public init(split: Split, samples: Int, copies: Int, classes: [Int], shards: Int, bytes: Int) {
            self.split = split
            self.samples = samples
            self.copies = copies
            self.classes = classes
            self.shards = shards
            self.bytes = bytes
        }
    }

    public var folder: String
    public var name: String
    public var digest: Digest
    public var seed: UInt64
    public var classes: [String]
    public var image: ImageSize
    public var samples: Int
    public var rejected: Int
    /// The first few, as `key: reason`.
    public var rejectionExamples: [String]
    public var duplicateGroups: Int
    public var duplicateSamples: Int
    public var mean: Double
    public var std: Double
    public var splits: [SplitSummary]
    public var totalBytes: Int
    /// Quality findings with at least one sample.
    public var findings: [FindingSummary]

    public init(
        folder: String, name: String, digest: Digest, seed: UInt64, classes: [String], image: ImageSize,
        samples: Int, rejected: Int, rejectionExamples: [String], duplicateGroups: Int,
        duplicateSamples: Int, mean: Double, std: Double, splits: [SplitSummary], totalBytes: Int,
        findings: [FindingSummary] = []
    ) {
        self.folder = folder
        self.name = name
        self.digest = digest
        self.seed = seed
        self.classes = classes
        self.image = image
        self.samples = samples
        self.rejected = rejected
        self.rejectionExamples = rejectionExamples
        self.duplicateGroups = duplicateGroups
        self.duplicateSamples = duplicateSamples
        self.mean = mean
        self.std = std
        self.splits = splits
        self.totalBytes = totalBytes
        self.findings = findings
    }

    /// For a terminal `width` characters wide.
    public func text(width: Int) -> String {
        (headLines() + findingLines() + [""] + splitLines() + [""] + classLines(width: width)).joined(
            separator: "\n")
    }

    private func headLines() -> [String] {
        var table = TextTable([.left, .left])
        table.add([
            "images",
            "\(TextStyle.count(samples)) of \(image), gray, \(TextStyle.plural(classes.count, "class"))",
        ])
        table.add(["on disk", TextStyle.bytes(totalBytes)])
        table.add([
            "pixels",
            "mean \(TextStyle.decimal(mean, 4)), deviation \(TextStyle.decimal(std, 4)) (train, 0 to 1)",
        ])
        let groups = TextStyle.plural(duplicateGroups, "group")
        table.add([
            "duplicates",
            duplicateGroups == 0
                ? "none" : "\(groups), \(TextStyle.count(duplicateSamples)) images, none across splits",
        ])
        table.add([
            "rejected", rejected == 0 ? "none" : "\(TextStyle.count(rejected)), listed in rejected.csv",
        ])
        table.add(["seed", String(seed)])
        table.add(["digest", digest.hex])
        return ["\(name) (\(folder))"] + table.lines() + rejectionExamples.map { "    \($0)" }
    }

    private func findingLines() -> [String] {
        guard !findings.isEmpty else { return [] }
        var table = TextTable([.left, .right, .left])
        for finding in findings { table.add([finding.name, TextStyle.count(finding.samples), finding.rule]) }
        return ["", "  worth a look (--drop NAME,… leaves images out when preparing)"] + table.lines()
    }

    private func splitLines() -> [String] {
        var table = TextTable([.left, .right, .right, .right, .right])
        let hasCopies = splits.contains { $0.copies > 0 }
        table.add(["split", "samples", hasCopies ? "copies" : "", "shards", "bytes"])
        for split in splits {
            table.add([
                split.split.rawValue, TextStyle.count(split.samples),
                hasCopies ? TextStyle.count(split.copies) : "", TextStyle.count(split.shards),
                TextStyle.bytes(split.bytes),
            ])
        }
        return table.lines()
    }

    /// One line per class: its numbers per split, and a bar of its share of the largest class.
    private func classLines(width: Int) -> [String] {
        var table = TextTable([.left] + splits.map { _ in .right } + [.left])
        table.add(["class"] + splits.map(\.split.rawValue) + [""])
        let totals = classes.indices.map { label in splits.reduce(0) { $0 + $1.classes[label] } }
        let largest = max(totals.max() ?? 1, 1)
        let used = 2 + max(classes.map(\.count).max() ?? 0, 5) + splits.count * 12
        let barWidth = min(max(width - used - 2, 8), 40)
        // Hundreds of classes are for --json; here the first ones suffice.
        for label in classes.indices.prefix(64) {
            table.add(
                [classes[label]] + splits.map { TextStyle.count($0.classes[label]) }
                    + [TextBar.bar(Double(totals[label]) / Double(largest), width: barWidth)])
        }
        var lines = table.lines()
        if classes.count > 64 {
            lines.append("  … and \(classes.count - 64) classes more (--json lists all)")
        }
        return lines
    }
}
