// Findings, rejects, and the origin of a dataset, in its page.

internal import Dataset

extension DatasetReport {
    var findingsMarkup: HTML {
        let all = (duplicateFinding.map { [$0] } ?? []) + findings
        guard !all.isEmpty else { return element("p") { "Nothing was found." } }
        return HTML(all.map(Self.markup))
    }

    /// Identical images, which every preparation looks for.
    private var duplicateFinding: Finding? {
        guard summary.duplicateGroups > 0 else { return nil }
        return Finding(
            identifier: "duplicates", title: "Identical images",
            rule: "Images whose pixels are the same after preparation. They are kept, always in one split.",
            threshold: "", count: summary.duplicateSamples, examples: duplicates)
    }

    private static func markup(_ finding: Finding) -> HTML {
        let shown = finding.examples.reduce(0) { $0 + $1.count }
        return element("div", ["class": "finding", "id": "finding-\(finding.identifier)"]) {
            element("h3") {
                "\(finding.title) "
                element("span", ["class": "count"]) { TextStyle.plural(finding.count, "image") }
            }
            element("p", ["class": "note"]) {
                finding.rule + (finding.threshold.isEmpty ? "" : " Limit: \(finding.threshold).")
                    + (shown > 0 && shown < finding.count
                        ? " \(TextStyle.count(shown)) of them are shown." : "")
            }
            if shown > 0 { groups(finding.examples) }
        }
    }

    var rejectionTable: HTML {
        guard summary.rejected > 0 else { return element("p") { "Every image could be used." } }
        var table = HTMLTable("Entries left out", [.heading("Key"), .text("Reason")])
        for rejection in rejections {
            table.add([
                element("bdi", ["class": "key"]) { rejection.key }, element("bdi") { rejection.reason },
            ])
        }
        let rest = summary.rejected - rejections.count
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
                "The effective configuration, as dataset.json has it. The same source, configuration and seed give "
                "the same digest on every machine."
            },
            element("pre", ["tabindex": "0"]) { element("code") { configuration } },
        ])
    }

    var python: HTML {
        let isCompressed = exampleShard.hasSuffix(".zst")
        let reading =
            isCompressed
            ? "import zstandard, safetensors.numpy\n\nfile = zstandard.open(\(Self.literal(exampleShard)), \"rb\")\n"
                + "shard = safetensors.numpy.load(file.read())\n"
            : "import safetensors.numpy\n\nshard = safetensors.numpy.load_file(\(Self.literal(exampleShard)))\n"
        let shape = "(N, \(summary.image.height), \(summary.image.width))"
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
                element("bdi") { summary.classes.prefix(Self.classLimit).joined(separator: ", ") }
                summary.classes.count > Self.classLimit ? " …" : "."
            },
        ])
    }

    /// A Python string literal.
    private static func literal(_ text: String) -> String {
        let escaped = text.replacing("\\", with: "\\\\").replacing("\"", with: "\\\"")
        return "\"\(escaped)\""
    }
}
