// The last parts of a dataset's page: findings, rejected entries, configuration, and how to read it in Python.

internal import Dataset
internal import Pipeline
internal import Shards
internal import Storage

extension DatasetReport {
    var findingsMarkup: HTML {
        guard manifest.duplicates.groups > 0 || !findings.isEmpty else {
            return element("p") { "There are no findings." }
        }
        return HTML([duplicatesMarkup] + findings.map { Self.markup($0.finding, $0.examples) })
    }

    /// Groups of identical images.
    private var duplicatesMarkup: HTML {
        guard manifest.duplicates.groups > 0 else { return .empty }
        let crossing = manifest.duplicates.crossing
        return Self.markup(
            "duplicates", title: FindingKind.duplicate.title,
            note: "Images with the same pixels after preparation. All are kept; "
                + (crossing == 0
                    ? "each group lies in one split."
                    : "\(TextStyle.plural(crossing, "group")) \(crossing == 1 ? "lies" : "lie") in several splits."),
            count: manifest.duplicates.samples, duplicates)
    }

    private static func markup(_ finding: Finding, _ examples: [[SampleView]]) -> HTML {
        var note = finding.rule.capitalizedFirst
        if let classes = finding.classes, !classes.isEmpty { note += ": \(classes.joined(separator: ", "))" }
        note += "."
        if finding.dropped > 0 {
            let option = finding.name == FindingKind.leak.rawValue ? "--leaks" : "--drop"
            note += " \(TextStyle.count(finding.dropped)) were left out by \(option)."
        }
        return markup(
            finding.name, title: FindingKind(rawValue: finding.name)?.title ?? finding.name, note: note,
            count: finding.samples, examples)
    }

    private static func markup(
        _ name: String, title: String, note: String, count: Int, _ examples: [[SampleView]]
    ) -> HTML {
        let shown = examples.reduce(0) { $0 + $1.count }
        return element("div", ["class": "finding", "id": "finding-\(name)"]) {
            element("h3") {
                "\(title) "
                element("span", ["class": "count"]) { TextStyle.plural(count, "image") }
            }
            element("p", ["class": "note"]) {
                note + (shown > 0 && shown < count ? " \(TextStyle.count(shown)) of them are shown." : "")
            }
            if shown > 0 { groups(examples) }
        }
    }

    var rejectionTable: HTML {
        guard manifest.rejected > 0 else { return element("p") { "No image was rejected." } }
        var table = HTMLTable("Rejected entries", [.heading("Key"), .text("Reason")])
        for rejection in rejections {
            table.add([
                element("bdi", ["class": "key"]) { rejection.key.text }, element("bdi") { rejection.reason },
            ])
        }
        let rest = manifest.rejected - rejections.count
        return HTML([
            table.html,
            rest > 0
                ? element("p", ["class": "note", "style": "margin-top:.75rem"]) {
                    "… and \(TextStyle.count(rest)) more in "
                    element("code") { "rejected.csv" }
                    "."
                } : .empty,
        ])
    }

    var pipeline: HTML {
        HTML([
            element("p", ["class": "note"]) {
                "The complete configuration, as recorded in dataset.json. The same source, configuration "
                "and seed give the same digest on every machine."
            },
            element("pre", ["tabindex": "0"]) {
                element("code") { String(manifest.configuration.readableText.dropLast()) }
            },
        ])
    }

    var python: HTML {
        let shard = manifest.shards.last?.record.name ?? ""
        let isCompressed = shard.hasSuffix(".zst")
        let reading =
            isCompressed
            ? "import zstandard, safetensors.numpy\n\nfile = zstandard.open(\(Self.literal(shard)), \"rb\")\n"
                + "shard = safetensors.numpy.load(file.read())\n"
            : "import safetensors.numpy\n\nshard = safetensors.numpy.load_file(\(Self.literal(shard)))\n"
        let image = manifest.image
        let shape = "(N, \(image.size.height), \(image.size.width)\(image.channels == 1 ? "" : ", 3"))"
        return HTML([
            element("pre", ["tabindex": "0"]) {
                element("code") {
                    reading
                    "images = shard[\"images\"]  # uint8 \(shape)\n"
                    "labels = shard[\"labels\"]  # index into the classes below\n"
                    "ids = shard[\"ids\"]        # row in provenance.csv.zst"
                }
            },
            element("p", ["class": "note"]) {
                "Run it in the dataset’s folder. Classes in label order: "
                element("bdi") { classes.prefix(Self.classLimit).joined(separator: ", ") }
                classes.count > Self.classLimit ? " …" : "."
            },
        ])
    }

    private static func literal(_ text: String) -> String {
        "\"\(text.replacing(scalars: ["\\": "\\\\", "\"": "\\\""]))\""
    }
}
