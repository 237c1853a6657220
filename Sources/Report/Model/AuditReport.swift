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
    /// What made the predictions: the path of a run folder or model file, or a recipe.
    let run: String
    /// Which samples were ranked.
    let scope: String
    let measure: LabelAudit.Measure
    let classes: [String]
    let examined: Int
    let contradicted: Int
    /// The first samples of the ranking whose labels the predictions contradict, and their places in all of it, from 1.
    let suspects: [(rank: Int, PredictedSample)]
}

extension AuditReport {
    /// Reads the first `limit` samples of the ranking.
    ///
    /// - Parameter run: path of the run folder or model file that made the predictions, or the name of a recipe
    package init(
        _ audit: LabelAudit, of dataset: PreparedDataset, run: String, limit: Int, jobs: Int
    ) throws {
        let shown = audit.predictions.enumerated().lazy.filter { $1.predicted != $1.label }.prefix(limit)
        let samples = try PredictedSamples(
            dataset, try dataset.provenance(), shown.map(\.element), jobs: jobs)
        self.init(
            datasetName: dataset.manifest.name, datasetDigest: dataset.manifest.digest, run: run,
            scope: audit.scope, measure: audit.measure, classes: dataset.classes.names,
            examined: audit.predictions.count, contradicted: audit.contradicted,
            suspects: Array(zip(shown.map { $0.offset + 1 }, samples.samples(shown.map(\.element)))))
    }
}

extension LabelAudit {
    /// The first `limit` samples of the ranking, each as a line of JSON.
    package func lines(limit: Int, of dataset: PreparedDataset) throws -> some Sequence<JSONValue> {
        try rows(limit: limit, of: dataset).lazy.map { row in
            JSONValue.object(
                [
                    "rank": .integer(row.rank), "id": .integer(Int(row.prediction.id)),
                    "key": .string(row.sample.key.text), "split": .string(row.sample.split.rawValue),
                    "label": .string(row.label), "predicted": .string(row.predicted),
                    "label_probability": .number(Double(row.prediction.value(of: .selfConfidence))),
                    "probability": .number(Double(row.prediction.certainty)),
                ].merging(
                    Measure.allCases.map { measure in
                        let name = measure.rawValue.replacing("-", with: "_")
                        return (Key(utf8: name), .number(Double(row.prediction.value(of: measure))))
                    }
                ) { first, _ in first })
        }
    }

    /// More classes than this have no columns of their own in the CSV.
    private static let columnLimit = 100
    /// The first columns of the table.
    package static let head = ["rank", "id", "key", "split", "label", "predicted"]

    /// The whole ranking as CSV, with the probability of each class, from which other tools can go on.
    package func csv(of dataset: PreparedDataset) throws -> [UInt8] {
        var text: [UInt8] = []
        let classes = dataset.classes.count <= Self.columnLimit ? dataset.classes.names : []
        CSV.appendRow(
            Self.head
                + Measure.allCases.map { $0.rawValue.replacing("-", with: "_") } + ["probability"]
                + classes.map { Key.cell("probability of \($0)") }, to: &text)
        for row in try rows(limit: .max, of: dataset) {
            CSV.appendRow(
                [
                    String(row.rank), String(row.prediction.id), Key.cell(row.sample.key.text),
                    row.sample.split.rawValue, Key.cell(row.label), Key.cell(row.predicted),
                ] + Measure.allCases.map { String(row.prediction.value(of: $0)) } + [
                    String(row.prediction.certainty)
                ] + (classes.isEmpty ? [] : row.prediction.probabilities.map { String($0) }), to: &text)
        }
        return text
    }

    private typealias Row = (
        rank: Int, prediction: Prediction, sample: ProvenanceRow, label: String, predicted: String
    )

    private func rows(limit: Int, of dataset: PreparedDataset) throws -> [Row] {
        let (classes, provenance) = (dataset.classes.names, try dataset.provenance())
        return predictions.prefix(limit).enumerated().map { index, prediction in
            (
                index + 1, prediction, provenance[Int(prediction.id)], classes[prediction.label],
                classes[prediction.predicted]
            )
        }
    }
}
