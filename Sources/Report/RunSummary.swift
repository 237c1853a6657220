// What a preparation prints at its end: what came out, how long each step took, what held it up.

/// Plain values of a finished preparation, to be shown.
public struct RunSummary: Sendable {
    public var folder: String
    public var images: Int
    public var rejected: Int
    /// Files passed over that are no images, and links.
    public var skipped, links: Int
    public var duplicateGroups: Int
    /// Samples per split with the split's name.
    public var splits: [(name: String, samples: Int, copies: Int)]
    public var bytes: Int
    public var digest: String
    public var workers: Int
    /// Bytes read from the source, decompressed, and bytes that went to a scratch file.
    public var sourceBytes, scratchBytes: Int
    /// Wall-clock seconds.
    public var staging, planning, writing: Double
    /// Seconds of work inside staging, summed over workers.
    public var work: [(name: String, seconds: Double)]
    /// Quality findings with at least one sample.
    public var findings: [FindingSummary]

    public init(
        folder: String, images: Int, rejected: Int, skipped: Int, links: Int, duplicateGroups: Int,
        splits: [(name: String, samples: Int, copies: Int)], bytes: Int, digest: String, workers: Int,
        sourceBytes: Int, scratchBytes: Int, staging: Double, planning: Double, writing: Double,
        work: [(name: String, seconds: Double)], findings: [FindingSummary] = []
    ) {
        self.folder = folder
        self.images = images
        self.rejected = rejected
        self.skipped = skipped
        self.links = links
        self.duplicateGroups = duplicateGroups
        self.splits = splits
        self.bytes = bytes
        self.digest = digest
        self.workers = workers
        self.sourceBytes = sourceBytes
        self.scratchBytes = scratchBytes
        self.staging = staging
        self.planning = planning
        self.writing = writing
        self.work = work
        self.findings = findings
    }

    public var text: String {
        (resultLines() + [""] + timeLines() + ["", "  Look at it: prep inspect \(folder)"]).joined(
            separator: "\n")
    }

    private func resultLines() -> [String] {
        let parts = splits.map { split in
            "\(TextStyle.count(split.samples)) \(split.name)"
                + (split.copies > 0 ? " (+ \(TextStyle.count(split.copies)) augmented)" : "")
        }
        var notes: [String] = []
        if duplicateGroups > 0 {
            notes.append("\(TextStyle.plural(duplicateGroups, "group")) of duplicates kept together")
        }
        if rejected > 0 { notes.append("\(TextStyle.count(rejected)) rejected (see \(folder)/rejected.csv)") }
        let dropped = findings.reduce(0) { $0 + $1.dropped }
        if dropped > 0 { notes.append("\(TextStyle.count(dropped)) of them left out by --drop") }
        if skipped > 0 { notes.append("\(TextStyle.plural(skipped, "other file")) skipped") }
        if links > 0 { notes.append("\(TextStyle.plural(links, "link")) not followed") }
        var lines = ["\(folder): \(TextStyle.plural(images, "image")) in \(TextStyle.bytes(bytes))"]
        lines.append("  \(parts.joined(separator: ", "))")
        lines += notes.map { "  \($0)" }
        let found = findings.filter { $0.samples > 0 }
        if !found.isEmpty {
            let names = found.map { "\($0.name) \(TextStyle.count($0.samples))" }
            lines.append("  worth a look: \(names.joined(separator: ", "))")
        }
        lines.append("  digest \(digest)")
        return lines
    }

    private func timeLines() -> [String] {
        var table = TextTable([.left, .right, .right, .left])
        let inside = work.filter { $0.seconds >= 0.005 && $0.name != "wait" }.sorted {
            $0.seconds > $1.seconds
        }
        let total = staging + planning + writing
        let rows = splits.reduce(0) { $0 + $1.samples + $1.copies }
        table.add([
            "stage", TextStyle.duration(staging),
            TextStyle.rate(Double(images) / max(staging, 1e-9), "images"),
            "\(TextStyle.bytes(sourceBytes)) on \(TextStyle.plural(workers, "thread")): "
                + inside.map { "\($0.name) \(TextStyle.duration($0.seconds))" }.joined(separator: ", "),
        ])
        table.add(["plan", TextStyle.duration(planning), "", ""])
        table.add([
            "write", TextStyle.duration(writing), TextStyle.rate(Double(rows) / max(writing, 1e-9), "images"),
            scratchBytes > 0 ? "\(TextStyle.bytes(scratchBytes)) went through a scratch file" : "",
        ])
        table.add([
            "total", TextStyle.duration(total), TextStyle.rate(Double(images) / max(total, 1e-9), "images"),
            bottleneck,
        ])
        return table.lines()
    }

    /// The largest single piece of work, and its share of all threads' time in staging.
    private var bottleneck: String {
        guard let largest = work.max(by: { $0.seconds < $1.seconds }) else { return "" }
        let share = largest.seconds / max(staging * Double(workers), 1e-9)
        if writing > staging { return "most of it in writing" }
        let what = largest.name == "wait" ? "waiting for the reader" : largest.name
        return "most of it in \(what) (\(TextStyle.percent(min(share, 1), 0)) of the threads' time)"
    }
}
