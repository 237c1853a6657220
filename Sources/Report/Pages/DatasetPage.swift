// report.html of a prepared dataset: what is in it, what it looks like, what is wrong with it, how it came about.

internal import Dataset

extension DatasetReport {
    /// The page.
    public var page: String {
        let images = TextStyle.plural(summary.samples, "image")
        let classes = TextStyle.plural(summary.classes.count, "class")
        return Page(
            kind: "Prepared dataset", title: summary.name,
            subtitle: HTML(text: "\(images) of \(summary.image), gray, in \(classes)"), reload: nil,
            sections: [
                .init(identifier: "glance", title: "At a glance", content: glance),
                .init(identifier: "classes", title: "Classes and splits", content: classBars),
                .init(identifier: "samples", title: "Samples", content: samples),
                .init(identifier: "means", title: "Mean image of each class", content: meanImages),
                .init(identifier: "levels", title: "Gray levels", content: levels),
                .init(identifier: "findings", title: "Findings", content: findingsMarkup),
                .init(identifier: "rejected", title: "Left out", content: rejectionTable),
                .init(identifier: "pipeline", title: "How it was made", content: pipeline),
                .init(identifier: "python", title: "Read it in Python", content: python),
            ]
        ).text
    }

    private var glance: HTML {
        var facts: [(name: String, value: HTML, note: String?)] = []
        func add(_ name: String, _ value: String, _ note: String? = nil) {
            facts.append((name, HTML(text: value), note))
        }
        for split in summary.splits {
            let copies = split.copies > 0 ? ", + \(TextStyle.count(split.copies)) augmented" : ""
            add(
                split.split.rawValue.prefix(1).uppercased() + split.split.rawValue.dropFirst(),
                TextStyle.count(split.samples),
                "\(TextStyle.percent(Double(split.samples) / Double(max(summary.samples, 1))))\(copies)")
        }
        add("On disk", TextStyle.bytes(summary.totalBytes))
        add(
            "Pixel mean", TextStyle.decimal(summary.mean, 4),
            "deviation \(TextStyle.decimal(summary.std, 4)), train, 0 to 1")
        add(
            "Duplicates",
            summary.duplicateGroups == 0 ? "none" : TextStyle.plural(summary.duplicateGroups, "group"),
            summary.duplicateGroups == 0
                ? nil : "\(TextStyle.count(summary.duplicateSamples)) images, none across splits")
        add("Left out", summary.rejected == 0 ? "none" : TextStyle.count(summary.rejected))
        add("Seed", String(summary.seed))
        return HTML([
            factList(facts),
            element("p", ["class": "note", "style": "margin-top:1rem"]) {
                "Digest of the data "
                element("code") { summary.digest.hex }
            },
        ])
    }

    private var meanImages: HTML {
        HTML([
            element("p", ["class": "note"]) { measuredNote },
            element("div", ["class": "means"]) {
                for (label, mean) in pixels.means.prefix(Self.classLimit).enumerated() {
                    if let image = mean?.reduced(to: 64) {
                        element("figure") {
                            HTML.void(
                                "img",
                                [
                                    "src": PNGEncoder.dataURI(PNGEncoder.encode(image)),
                                    "alt": "Mean image of class \(summary.classes[label])",
                                    "width": String(image.size.width), "height": String(image.size.height),
                                ])
                            element("figcaption") { element("bdi") { summary.classes[label] } }
                        }
                    }
                }
            },
        ])
    }

    private var levels: HTML {
        element("div") {
            element("p", ["class": "note"]) { measuredNote }
            HistogramChart(counts: pixels.histogram).figure
        }
    }

    /// What means and histogram were measured on.
    private var measuredNote: String {
        let copies = summary.splits.contains { $0.copies > 0 } ? ", augmented copies included" : ""
        return pixels.measured == pixels.total
            ? "Of all \(TextStyle.count(pixels.total)) images\(copies)."
            : "Of \(TextStyle.count(pixels.measured)) images, blocks spread evenly over the "
                + "\(TextStyle.count(pixels.total)) there are\(copies)."
    }
}
