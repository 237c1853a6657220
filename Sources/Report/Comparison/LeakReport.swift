// Images that two datasets share, as a table, JSON, CSV and a page with the pairs, one image above the other.

internal import Dataset
package import Pipeline
internal import Shards
package import Storage

/// What `prep leaks` shows.
package struct LeakReport: Sendable {
    let first: DatasetPart
    /// `nil` for repeated images within `first`.
    let other: DatasetPart?
    let leaks: DatasetLeaks

    /// The page shows at most this many pairs.
    private static let pageLimit = 500

    package init(_ leaks: DatasetLeaks, in first: DatasetPart, of other: DatasetPart?) {
        (self.first, self.other, self.leaks) = (first, other, leaks)
    }

    private static func name(_ part: DatasetPart) -> String {
        part.dataset.folder + (part.split.map { ":\($0.rawValue)" } ?? "")
    }

    package var headline: String {
        let identical = leaks.matches.count { $0.levels == 0 }
        let near = leaks.matches.count - identical
        let found =
            "\(TextStyle.count(identical)) identical, \(TextStyle.count(near)) nearly identical (within "
            + "\(TextStyle.levels(leaks.levels)) levels)"
        guard let other else {
            return "\(Self.name(first)): of \(TextStyle.plural(leaks.examined[0], "image")), "
                + "\(TextStyle.count(leaks.matches.count)) repeat another: \(found)"
        }
        return "\(Self.name(other)): of \(TextStyle.plural(leaks.examined[1], "image")), "
            + "\(TextStyle.count(leaks.matches.count)) are in \(Self.name(first)): \(found)"
    }

    /// For a terminal: the closest `limit`.
    package func text(limit: Int) -> String {
        guard !leaks.matches.isEmpty else { return headline }
        var table = TextTable([.right, .left, .left, .left, .left])
        table.add(["levels", "image", "label", "is", "label"])
        for match in leaks.matches.prefix(limit) {
            table.add([
                TextStyle.decimal(match.levels, 2), Self.place(match.image), match.image.label,
                Self.place(match.original), match.original.label,
            ])
        }
        let rest = leaks.matches.count - limit
        return
            ([headline] + table.lines()
            + (rest > 0 ? ["  … and \(TextStyle.count(rest)) more (--limit, --csv)"] : []))
            .joined(separator: "\n")
    }

    private static func place(_ row: ProvenanceRow) -> String { "\(row.key.text) (\(row.split.rawValue))" }

    /// Each match as a line of JSON.
    package var lines: some Sequence<JSONValue> {
        leaks.matches.lazy.map { match in
            .object([
                "key": .string(match.image.key.text), "label": .string(match.image.label),
                "split": .string(match.image.split.rawValue),
                "original": .string(match.original.key.text), "original_label": .string(match.original.label),
                "original_split": .string(match.original.split.rawValue), "levels": .number(match.levels),
                "originals": .integer(match.count),
            ])
        }
    }

    /// The columns of the table.
    package static let head = [
        "key", "label", "split", "original", "original_label", "original_split", "levels", "originals",
    ]

    package var csv: [UInt8] {
        var text: [UInt8] = []
        CSV.appendRow(Self.head, to: &text)
        for match in leaks.matches {
            CSV.appendRow(
                [match.image, match.original].flatMap {
                    [Key.cell($0.key.text), Key.cell($0.label), $0.split.rawValue]
                } + [String(match.levels), String(match.count)], to: &text)
        }
        return text
    }

    /// A page with the pairs, one image above the other, the closest first.
    package func page(jobs: Int) throws -> String {
        let shown = leaks.matches.prefix(Self.pageLimit)
        let second = other ?? first
        let images = try second.dataset.pixels(of: shown.map(\.image), jobs: jobs)
        let originals = try first.dataset.pixels(of: shown.map(\.original), jobs: jobs)
        let pairs = element("ul", ["class": "cards"]) {
            for match in shown {
                element("li") {
                    element("figure") {
                        element("div", ["style": "display:grid;gap:4px"]) {
                            for (survey, row) in [(images, match.image), (originals, match.original)] {
                                survey.views([row]).first?.html ?? .empty
                            }
                        }
                        element("figcaption") { caption(match) }
                    }
                }
            }
        }
        let note =
            shown.count < leaks.matches.count
            ? "The \(TextStyle.count(shown.count)) closest of \(TextStyle.count(leaks.matches.count)). " : ""
        return Page(
            kind: "Leaks", title: second.dataset.manifest.name, subtitle: HTML(text: headline),
            sections: [
                Page.Section(
                    identifier: "pairs", title: "Pairs, the closest first",
                    content: HTML([
                        element("p", ["class": "note"]) {
                            note
                            "Above the image, below the one it repeats; levels are the root mean square of the differences "
                            "of their pixels at \(leaks.size) pixels."
                        }, pairs,
                    ]))
            ]
        ).text
    }

    private func place(_ row: ProvenanceRow) -> HTML {
        HTML([
            element("bdi", ["class": "key"]) { row.key.text }, HTML(text: " · \(row.split.rawValue)"),
        ])
    }

    private func caption(_ match: DatasetLeaks.Match) -> HTML {
        HTML([
            HTML(text: match.levels == 0 ? "identical" : "\(TextStyle.decimal(match.levels, 2)) levels"),
            match.image.label.hasBytes(of: match.original.label)
                ? .empty
                : element("strong", ["class": "bad"]) {
                    " · "
                    element("bdi") { match.image.label }
                    " ≠ "
                    element("bdi") { match.original.label }
                },
            HTML.void("br"), place(match.image), HTML.void("br"), place(match.original),
        ])
    }
}
