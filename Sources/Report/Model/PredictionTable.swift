// The predictions of a model on a split, as CSV.

internal import Dataset
package import Shards
internal import Storage
package import Training

/// One line per sample in stored order: id, key, label, prediction, the logit of each class; with several splits, its split too.
package struct PredictionTable {
    package private(set) var bytes: [UInt8] = []
    /// The first columns.
    package static let head = ["id", "key", "label", "prediction"]

    package init(_ predictions: [Prediction], of dataset: PreparedDataset, withSplit: Bool = false) throws {
        let (classes, provenance) = (dataset.classes.names, try dataset.provenance())
        CSV.appendRow(
            Self.head + classes.map { "logit \($0)" }
                + (withSplit ? ["split"] : []),
            to: &bytes)
        for prediction in predictions {
            let id = Int(prediction.id)
            let key = provenance.indices.contains(id) ? provenance[id].key.text : ""
            CSV.appendRow(
                ["\(id)"]
                    + [key, classes[prediction.label], classes[prediction.predicted]].map {
                        Key.cell($0.visible())
                    }
                    + prediction.logits.map { "\($0)" }
                    + (withSplit
                        ? [provenance.indices.contains(id) ? provenance[id].split.rawValue : ""] : []),
                to: &bytes)
        }
    }
}
