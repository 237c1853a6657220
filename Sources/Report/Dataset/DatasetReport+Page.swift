// report.html of a prepared dataset: contents, samples, findings, and how it was prepared.

internal import Dataset
internal import Shards

extension DatasetReport {
    package var page: String {
        let images = TextStyle.plural(manifest.samples, "image")
        let size = TextStyle.plural(classes.count, "class")
        return Page(
            kind: "Prepared dataset", title: manifest.name,
            subtitle: HTML(text: "\(images) of \(manifest.image.size), \(manifest.image.colors), in \(size)"),
            sections: [
                .init(identifier: "glance", title: "At a glance", content: glance),
                .init(identifier: "classes", title: "Classes and splits", content: classBars),
                .init(identifier: "samples", title: "Samples", content: samples),
            ]
                + (augmented.map { [.init(identifier: "augmented", title: "Augmented", content: $0.html)] }
                    ?? []) + [
                    .init(identifier: "means", title: "Mean image of each class", content: meanImages),
                    .init(
                        identifier: "levels", title: manifest.image.channels == 1 ? "Gray levels" : "Levels",
                        content: levels),
                    .init(identifier: "findings", title: "Findings", content: findingsMarkup),
                    .init(identifier: "rejected", title: "Rejected", content: rejectionTable),
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
        for split in Split.allCases {
            let contents = manifest[split]
            let copies = contents.copies > 0 ? ", + \(TextStyle.count(contents.copies)) augmented" : ""
            let share = Double(contents.samples) / Double(max(manifest.samples, 1))
            add(
                split.rawValue.capitalizedFirst, TextStyle.count(contents.samples),
                "\(TextStyle.percent(share))\(copies)")
        }
        add("On disk", TextStyle.bytes(manifest.totalBytes))
        add(
            "Pixel mean", TextStyle.decimals(manifest.mean, 4),
            "standard deviation \(TextStyle.decimals(manifest.std, 4)), train, 0 to 1")
        add(
            "Duplicates",
            manifest.duplicates.groups == 0 ? "none" : TextStyle.plural(manifest.duplicates.groups, "group"),
            manifest.duplicates.groups == 0
                ? nil : manifest.duplicates.text)
        let near = manifest.nearDuplicates
        add(
            "Near-duplicates", near.pairs == 0 ? "none" : TextStyle.plural(near.pairs, "pair"),
            near.pairs == 0
                ? nil : "\(near.crossing == 0 ? "none" : TextStyle.count(near.crossing)) across splits")
        add("Rejected", manifest.rejected == 0 ? "none" : TextStyle.count(manifest.rejected))
        add("Seed", String(manifest.seed))
        return HTML([
            factList(facts),
            attention,
            element("p", ["class": "note", "style": "margin-top:1rem"]) {
                "Digest of the data "
                element("code") { manifest.digest.hex }
            },
        ])
    }

    private var meanImages: HTML {
        HTML([
            element("p", ["class": "note"]) { measuredNote },
            element("div", ["class": "means"]) {
                for (label, mean) in means.prefix(Self.classLimit).enumerated() {
                    if let image = mean?.reduced(to: 64) {
                        element("figure") {
                            HTML.void(
                                "img",
                                [
                                    "src": dataURI(png: image.png),
                                    "alt": "Mean image of class \(classes[label])",
                                    "width": String(image.size.width), "height": String(image.size.height),
                                ])
                            element("figcaption") { element("bdi") { classes[label] } }
                        }
                    }
                }
            },
        ])
    }

    private var levels: HTML {
        element("div") {
            element("p", ["class": "note"]) { measuredNote }
            HistogramChart(counts: histogram).figure
        }
    }

    /// Says how many images mean images and histogram were computed from.
    private var measuredNote: String {
        let copies = manifest.hasCopies ? ", augmented copies included" : ""
        let total = manifest.rows
        return measured == total
            ? "Computed from all \(TextStyle.count(total)) images\(copies)."
            : "Computed from \(TextStyle.count(measured)) of \(TextStyle.count(total)) images, "
                + "in evenly spread blocks\(copies)."
    }
}
