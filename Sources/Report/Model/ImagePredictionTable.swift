// The predictions of prep predict, as CSV.

internal import Dataset
internal import Storage

/// One line per image: its path, the class that its folder names, the predicted label, and the probability of each class.
package struct ImagePredictionTable {
    package private(set) var bytes: [UInt8] = []
    package private(set) var count = 0
    /// The first columns.
    package static let head = ["image", "folder", "label"]

    /// - Parameter classes: names in label order
    package init(classes: [String]) {
        CSV.appendRow(
            Self.head + classes.map { Key.cell("probability \($0.visible())") }, to: &bytes
        )
    }

    package mutating func add(_ prediction: ImagePrediction) {
        count += 1
        CSV.appendRow(
            [prediction.path, prediction.expected ?? "", prediction.label].map { Key.cell($0.visible()) }
                + prediction.probabilities.map { "\($0)" }, to: &bytes)
    }
}
