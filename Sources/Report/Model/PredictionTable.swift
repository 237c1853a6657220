// The predictions of a model on a split, as CSV.

package import Dataset
package import Shards
internal import Storage
package import Training

/// One line per sample in stored order: id, key, label, prediction, the logit of each class; with several splits, its split
/// too, which of a model that held out a fold is not the dataset's.
package struct PredictionTable {
    package private(set) var bytes: [UInt8] = []
    /// The first columns.
    package static let head = ["id", "key", "label", "prediction"]

    /// - Parameter withSplit: whether the table has a column for the splits that were evaluated
    package init(
        _ predictions: [(split: Split, prediction: Prediction)], of dataset: PreparedDataset, withSplit: Bool
    ) throws {
        let (classes, provenance) = (dataset.classes.names, try dataset.provenance())
        CSV.appendRow(
            Self.head + classes.map { "logit \($0)" }
                + (withSplit ? ["split"] : []),
            to: &bytes)
        for (split, prediction) in predictions {
            let id = Int(prediction.id)
            let key = provenance.indices.contains(id) ? provenance[id].key.text : ""
            CSV.appendRow(
                ["\(id)"]
                    + [key, classes[prediction.label], classes[prediction.predicted]].map {
                        Key.cell($0.visible())
                    }
                    + prediction.logits.map { "\($0)" }
                    + (withSplit ? [split.rawValue] : []),
                to: &bytes)
        }
    }
}
