// Samples with a model's predictions.

internal import Dataset
internal import Shards
internal import Training

struct PredictedSample: Sendable {
    let sample: SampleView
    let prediction: Prediction
}

extension Prediction {
    /// The probability of the predicted class.
    var certainty: Float { probabilities[predicted] }
}

/// The samples of some predictions, with their images.
struct PredictedSamples {
    private var views: [UInt32: SampleView] = [:]

    /// Reads the samples; ids that the dataset does not have are ignored.
    ///
    /// - Parameter provenance: the dataset's
    init(
        _ dataset: PreparedDataset, _ provenance: [ProvenanceRow], _ predictions: some Sequence<Prediction>,
        jobs: Int
    ) throws {
        let ids = Set(predictions.map(\.id)).filter { provenance.indices.contains(Int($0)) }
        let rows = ids.map { provenance[Int($0)] }
        let survey = try dataset.pixels(of: rows, jobs: jobs)
        for (id, row) in zip(ids, rows) {
            views[id] = survey.views([row]).first
        }
    }

    /// The predictions whose samples were read, in order.
    func samples(_ predictions: some Sequence<Prediction>) -> [PredictedSample] {
        predictions.compactMap { prediction in
            views[prediction.id].map { PredictedSample(sample: $0, prediction: prediction) }
        }
    }
}
