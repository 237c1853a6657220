// What needs attention first in a dataset: its warnings, and its findings with an example each.

internal import Dataset
internal import Pipeline
internal import Shards

extension DatasetReport {
    /// Links to the findings, and warnings of the splits; empty if there is nothing to say.
    var attention: HTML {
        // What is wrong for sure comes before what may be.
        let first: [FindingKind] = [.leak, .conflicting, .nearConflicting, .blank, .inverted, .imbalance]
        func rank(_ name: String) -> Int { first.firstIndex { $0.rawValue == name } ?? first.count }
        let found = findings.filter { $0.finding.samples > 0 }.enumerated().sorted {
            (rank($0.element.finding.name), $0.offset) < (rank($1.element.finding.name), $1.offset)
        }
        var tiles = found.map(\.element).map { finding, examples in
            let title = FindingKind(rawValue: finding.name)?.title ?? finding.name
            return tile(finding.name, title, finding.samples, examples.first?.first)
        }
        if manifest.duplicates.groups > 0 {
            let title = FindingKind.duplicate.title
            tiles.append(tile("duplicates", title, manifest.duplicates.samples, duplicates.first?.first))
        }
        let warnings = manifest.warnings
        guard !tiles.isEmpty || !warnings.isEmpty else { return .empty }
        return HTML([
            element("h3") { "Worth a look" },
            warnings.isEmpty
                ? .empty
                : element("ul", ["class": "bad"]) {
                    for warning in warnings { element("li") { warning.capitalizedFirst } }
                },
            tiles.isEmpty ? .empty : element("ul", ["class": "attention"]) { HTML(tiles) },
        ])
    }

    private func tile(_ name: String, _ title: String, _ count: Int, _ example: SampleView?) -> HTML {
        element("li") {
            element("a", ["href": "#finding-\(name)"]) {
                if let image = example?.image.reduced(to: 64) {
                    HTML.void(
                        "img",
                        [
                            "src": dataURI(png: image.png), "alt": "",
                            "width": String(image.size.width), "height": String(image.size.height),
                        ])
                }
                element("span") {
                    element("strong") { TextStyle.count(count) }
                    " \(title)"
                }
            }
        }
    }
}
