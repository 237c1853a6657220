// The labels that a trained model finds least probable: what a page and a terminal table show.

internal import Dataset
package import Shards
package import Storage
package import Training

/// Samples whose given label is probably wrong, most suspicious first.
package struct AuditReport: Sendable {
    /// The page shows at most this many samples.
    package static let pageLimit = 300

    let datasetName: String
    let datasetDigest: Digest
    /// Path of the run folder or model file that made the predictions.
    let run: String
    /// In a few words: why the model was not trained on the ranked samples, and what they are ranked by.
    let method: String
    let classes: [String]
    let examined: Int
    /// The first samples of the ranking.
    let suspects: [PredictedSample]
}

extension AuditReport {
    /// Reads the first `limit` samples of the ranking.
    ///
    /// - Parameter run: path of the run folder or model file that `model` was read from
    package init(
        _ audit: LabelAudit, of dataset: PreparedDataset, by model: Model, run: String, limit: Int, jobs: Int
    ) throws {
        let shown = audit.predictions.prefix(limit)
        self.init(
            datasetName: dataset.manifest.name, datasetDigest: dataset.manifest.digest, run: run,
            method: audit.method, classes: model.description.classes.names,
            examined: audit.predictions.count,
            suspects: try PredictedSamples(dataset, shown, jobs: jobs).samples(shown))
    }
}

extension Prediction {
    /// The probability of the given class.
    var labelProbability: Float { probabilities[label] }
}

extension LabelAudit {
    /// The first `limit` samples of the ranking, each as a line of JSON.
    package func lines(limit: Int, of dataset: PreparedDataset) throws -> some Sequence<JSONValue> {
        let (classes, provenance) = (dataset.classes.names, try dataset.provenance())
        return predictions.prefix(limit).enumerated().lazy.map { rank, prediction in
            let row = provenance[Int(prediction.id)]
            return JSONValue.object([
                "rank": .integer(rank + 1), "id": .integer(Int(prediction.id)),
                "key": .string(row.key.text), "split": .string(row.split.rawValue),
                "label": .string(classes[prediction.label]),
                "label_probability": .number(Double(prediction.labelProbability)),
                "predicted": .string(classes[prediction.predicted]),
                "probability": .number(Double(prediction.certainty)),
            ])
        }
    }
}
