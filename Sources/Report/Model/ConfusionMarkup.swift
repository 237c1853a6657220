// A confusion matrix in a page, with precision and recall beside it.

internal import Dataset
internal import Training

struct ConfusionMarkup {
    /// With more classes, the matrix does not fit a page; the most frequent confusions are listed instead.
    static let widest = 16

    let matrix: ConfusionMatrix
    /// The split that was evaluated.
    let split: Split
    let classes: [String]

    var html: HTML {
        HTML([
            element("p") {
                "Of \(TextStyle.count(matrix.samples)) \(split.rawValue) samples, "
                "\(TextStyle.count(matrix.samples - matrix.correct)) were classified wrongly "
                "(\(TextStyle.percent(1 - matrix.accuracy, 2))). The 95 % confidence interval of the accuracy is "
                "\(TextStyle.interval(matrix.accuracyInterval))."
            },
            matrix.onlyPrediction.map { label in
                element("p", ["class": "bad"]) {
                    "The model says "
                    element("bdi") { classes[label] }
                    " for every sample."
                }
            } ?? .empty,
            element("div", ["class": matrix.classes <= Self.widest ? "beside" : nil]) {
                element("div") {
                    if matrix.classes <= Self.widest { matrixTable } else { pairTable }
                }
                element("div") { classTable }
            },
        ])
    }

    private var matrixTable: HTML {
        let largest = matrix.confusions(limit: 1).first?.count ?? 0
        return element("figure") {
            element("figcaption") {
                "Rows: given label. Columns: predicted label. "
                element("span", ["class": "swatch c1"])
                "correct "
                element("span", ["class": "swatch c2"])
                "confused; the more samples, the stronger the colour."
            }
            element(
                "div",
                ["class": "scroll", "role": "region", "aria-label": "Confusion matrix", "tabindex": "0"]
            ) {
                element("table", ["class": "matrix"]) {
                    element("thead") {
                        element("tr") {
                            element("td") { "" }
                            for name in classes { element("th", ["scope": "col"]) { name } }
                        }
                    }
                    element("tbody") {
                        for given in classes.indices { row(given, largest: largest) }
                    }
                }
            }
        }
    }

    private func row(_ given: Int, largest: Int) -> HTML {
        let total = max(matrix.samples(of: given), 1)
        return element("tr") {
            element("th", ["scope": "row"]) { classes[given] }
            for predicted in classes.indices {
                let count = matrix.rows[given][predicted]
                // Square roots, so that single confusions are visible beside frequent ones.
                let share =
                    given == predicted
                    ? 0.32 * Double(count) / Double(total)
                    : 0.15 + 0.45 * (Double(count) / Double(max(largest, 1))).squareRoot()
                element(
                    "td",
                    [
                        "class": count == 0 ? "zero" : given == predicted ? "hit" : "miss",
                        "style": count == 0 ? nil : "--v:\(Int((share * 100).rounded()))%",
                    ]
                ) { count == 0 ? "·" : TextStyle.count(count) }
            }
        }
    }

    private var pairTable: HTML {
        var table = HTMLTable(
            "Most frequent confusions", [.heading("Given"), .text("Predicted"), .number("Samples")])
        for pair in matrix.confusions(limit: 20) {
            table.add([classes[pair.label], classes[pair.predicted], TextStyle.count(pair.count)])
        }
        return table.html
    }

    private var classTable: HTML {
        var table = HTMLTable(
            "Precision and recall by class", isSortable: classes.count > Self.widest,
            [.heading("Class"), .number("Samples"), .number("Precision"), .number("Recall")])
        for label in classes.indices {
            table.add([
                classes[label], TextStyle.count(matrix.samples(of: label)),
                matrix.precision(label).map { TextStyle.percent($0) } ?? "–",
                matrix.recall(label).map { TextStyle.percent($0) } ?? "–",
            ])
        }
        return table.html
    }
}
