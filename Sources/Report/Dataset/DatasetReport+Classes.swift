// Classes in a dataset's page: number of samples, and contact sheets.

internal import Dataset
internal import Shards

extension DatasetReport {
    private var omittedClasses: HTML {
        let rest = classes.count - Self.classLimit
        guard rest > 0 else { return .empty }
        return element("p", ["class": "note"]) {
            "The first \(Self.classLimit) classes are shown; prep inspect --class shows any of "
            "the other \(TextStyle.count(rest))."
        }
    }

    /// Rows of the table of classes.
    private static let barLimit = 4096

    /// A stacked bar per class; the bar of the largest class has the full length.
    var classBars: HTML {
        let largest = Double(max(manifest.classTotals.max() ?? 1, 1))
        let longest = classes.prefix(Self.barLimit).map(\.count).max() ?? 0
        let table =
            element(
                "table",
                [
                    "class": classes.count > 20 ? "bars dense" : "bars", "data-sortable": "",
                    "id": "class-table",
                ]
            ) {
                element("thead") {
                    element("tr") {
                        element("th", ["scope": "col", "style": "min-width:\(min(max(longest, 5), 14))ch"]) {
                            "Class"
                        }
                        element("td", ["class": "bar"])
                        for split in Split.allCases {
                            element("th", ["scope": "col", "class": "n"]) {
                                element("span", ["class": "swatch \(color(split))"])
                                split == .validation ? "valid." : split.rawValue
                            }
                        }
                    }
                }
                element("tbody") {
                    for (label, name) in classes.prefix(Self.barLimit).enumerated() {
                        element("tr") {
                            element("th", ["scope": "row"]) { element("bdi") { name } }
                            element("td", ["class": "bar"]) { bar(label, largest) }
                            for split in Split.allCases {
                                element("td", ["class": "n"]) {
                                    TextStyle.count(manifest[split].classes[label])
                                }
                            }
                        }
                    }
                }
            }
        // Many classes scroll by themselves, so that the rest of the page is not far.
        guard classes.count > 40 else { return table }
        let rest = classes.count - Self.barLimit
        return HTML([
            element(
                "div", ["class": "tall", "role": "region", "aria-label": "Table of classes", "tabindex": "0"]
            ) { table },
            rest <= 0
                ? .empty
                : element("p", ["class": "note"]) {
                    "The first \(TextStyle.count(Self.barLimit)) classes are listed; prep inspect --json has the other "
                        + "\(TextStyle.count(rest)), too."
                },
        ])
    }

    private func bar(_ label: Int, _ largest: Double) -> HTML {
        element("div", ["class": "stack"]) {
            for split in Split.allCases where manifest[split].classes[label] > 0 {
                let share = Double(manifest[split].classes[label]) / largest * 100
                element("i", ["class": color(split), "style": "width:\(HTML.number(share))%"])
            }
        }
    }

    private func color(_ split: Split) -> String { "c\(split.index + 1)" }

    /// Contact sheets: a row per class, a sheet per split.
    var samples: HTML {
        let shown = sheets.reduce(0) { $0 + $1.samples.count }
        return HTML([
            element("p", ["class": "note"]) {
                "\(TextStyle.count(shown)) of \(TextStyle.count(manifest.samples)) samples, "
                "chosen at random, but the same each time. Point at one, or focus a sheet and use the arrow keys, "
                "to see its key, split, shard, row and source digest."
            },
            HTML(trusted: "<div id=\"filters\" class=\"filters\"></div>"),
            HTML(
                classes.indices.prefix(Self.classLimit).map { label in
                    let own = sheets.filter { $0.label == label && !$0.samples.isEmpty }
                    return own.isEmpty ? .empty : classSheets(label, own)
                }),
            omittedClasses,
        ])
    }

    private func classSheets(_ label: Int, _ sheets: [Sheet]) -> HTML {
        element("div", ["class": "class", "data-class": classes[label]]) {
            element("h3") {
                "Class "
                element("bdi") { classes[label] }
            }
            for contents in sheets {
                let count = manifest[contents.split].classes[label]
                let text =
                    "\(contents.split.rawValue), \(TextStyle.count(contents.samples.count)) of \(TextStyle.count(count))"
                element("figure", ["data-split": contents.split.rawValue]) {
                    element("figcaption") { text }
                    sheet(
                        contents.samples, columns: 10,
                        label: "Class \(classes[label]), \(text)")
                }
            }
        }
    }
}
