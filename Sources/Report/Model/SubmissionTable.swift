// Predictions as Kaggle's competitions want them: a CSV file of ids and labels.

internal import Dataset
internal import Storage

/// The lines of a submission: `ImageId,Label`.
package struct SubmissionTable {
    /// As text.
    package private(set) var bytes: [UInt8] = []
    /// Number of predictions.
    package private(set) var count = 0
    private var rows = 0

    package init() { CSV.appendRow(["ImageId", "Label"], to: &bytes) }

    /// Adds a prediction. The id of an image in a table or array is the number of its row, from 1 and on through all inputs;
    /// that of an image file is its name, without folders and ending.
    ///
    /// - Parameters:
    ///   - isRow: whether the image is in a table or array
    ///   - label: the class name
    package mutating func add(_ path: String, isRow: Bool, label: String) {
        rows += isRow ? 1 : 0
        count += 1
        let name = path.split(separator: "/").last.map(String.init) ?? path
        let stem = name.lastIndex(of: ".").map { String(name[..<$0]) } ?? name
        CSV.appendRow([isRow ? String(rows) : Key.cell(stem), Key.cell(label)], to: &bytes)
    }
}
