// Predictions as Kaggle's competitions want them: a CSV file of ids and labels.

package import Dataset
internal import Storage

/// The lines of a submission: `ImageId,Label`.
package struct SubmissionTable {
    /// As text.
    package private(set) var bytes: [UInt8] = []
    /// Number of predictions.
    package private(set) var count = 0
    private var rows = 0
    /// The images by their ids.
    private var paths: [Key: String] = [:]

    /// Two images have one id.
    package struct Ambiguity: Failure {
        let id, first, second: String
        package var kind: FailureKind { .badInput }
        package var description: String {
            "\(first.visible()) and \(second.visible()) both have the id \(id.visible()) in a submission\n"
                + "Predict one folder or table for each submission."
        }
    }

    /// The columns.
    package static let head = ["ImageId", "Label"]

    package init() { CSV.appendRow(Self.head, to: &bytes) }

    /// Adds a prediction, its id and label as they are, since whoever reads the table compares them. The id of an image in
    /// a table or array is the number of its row, from 1 and on through all inputs; that of an image file is its name,
    /// without folders and ending.
    ///
    /// - Parameters:
    ///   - isRow: whether the image is in a table or array
    ///   - label: the class name
    /// - Throws: ``Ambiguity`` if another image has the same id
    package mutating func add(_ path: String, isRow: Bool, label: String) throws {
        rows += isRow ? 1 : 0
        count += 1
        let name = FileSystem.split(path).name
        let stem = name.utf8.lastIndex(of: UInt8(ascii: ".")).map { String(name[..<$0]) } ?? name
        let id = isRow ? String(rows) : stem
        if let first = paths.updateValue(path, forKey: Key(utf8: id)) {
            throw Ambiguity(id: id, first: first, second: path)
        }
        CSV.appendRow([id, label], to: &bytes)
    }
}
