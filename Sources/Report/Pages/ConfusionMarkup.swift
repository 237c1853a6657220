// A confusion matrix in a page, with precision and recall beside it.

internal import Dataset
internal import Foundation

struct ConfusionMarkup {
    /// Above, the matrix no longer fits a page; the most frequent confusions are listed instead.
    static let widest = 16

    private let matrix: ConfusionMatrix
    private let classes: [String]

    init(_ matrix: ConfusionMatrix, classes: [String]) {
        precondition(classes.count == matrix.classes)
        self.matrix = matrix
        self.classes = classes
    }

    var html: HTML {
        let wrong = matrix.samples - Int((matrix.accuracy * Double(matrix.samples)).rounded())
        return HTML([
            element("p") {
                "Of \(TextStyle.count(matrix.samples)) \(matrix.split.rawValue) samples, "
                "\(TextStyle.count(wrong)) were taken for another class (\(TextStyle.percent(1 - matrix.accuracy, 2)))."
            },
            element("div", ["class": "beside"]) {
                element("div") {
                    if matrix.classes <= Self.widest { matrixTable } else { pairTable }
                }
                element("div") { classTable }
            },
        ])
    }

    private var matrixTable: HTML {
        let largest =
            (0..<matrix.classes).flatMap { given in
                (0..<matrix.classes).map { given == $0 ? 0 : matrix[given: given, predicted: $0] }
            }.max() ?? 0
        return element("figure") {
            element("figcaption") { "Rows: given label. Columns: what the model said." }
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
        let total = max(matrix.given(given), 1)
        return element("tr") {
            element("th", ["scope": "row"]) { classes[given] }
            for predicted in classes.indices {
                let count = matrix[given: given, predicted: predicted]
                // Roots, so that single confusions are seen beside frequent ones.
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
            "Most frequent confusions", [.heading("Given"), .text("Taken for"), .number("Samples")])
        for pair in matrix.confusions(limit: 20) {
            table.add([classes[pair.given], classes[pair.predicted], TextStyle.count(pair.count)])
        }
        return table.html
    }

    private var classTable: HTML {
        var table = HTMLTable(
            "Precision and recall by class",
            [.heading("Class"), .number("Samples"), .number("Precision"), .number("Recall")])
        for label in classes.indices {
            table.add([
                classes[label], TextStyle.count(matrix.given(label)),
                matrix.precision(label).map { TextStyle.percent($0) } ?? "–",
                matrix.recall(label).map { TextStyle.percent($0) } ?? "–",
            ])
        }
        return table.html
    }
}
