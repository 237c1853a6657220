// Finds labels that are probably wrong, because a model gives them a low probability.

internal import Dataset
public import Shards

/// The samples of validation and test, sorted by the probability that a model gives their label.
///
/// This probability is "self-confidence" in Northcutt et al., "Confident Learning", 2021. It says little about samples
/// of train, because the model was trained on their labels.
public struct LabelAudit: Sendable {
    /// How samples are chosen and sorted, for reports.
    package let method = "validation and test only, by the probability of the given label"
    /// The most improbable label first.
    public let predictions: [Prediction]

    /// Evaluates a model on validation and test.
    ///
    /// - Throws: ``TrainingError`` if the model was not trained on this dataset, both splits are empty, or
    ///   `isCancelled`; `LoaderError`, `ShardError` or `StorageError` if a split cannot be read
    public init(
        _ model: Model, _ dataset: PreparedDataset, jobs: Int, isCancelled: () -> Bool = { false }
    ) throws {
        guard dataset.manifest.digest == model.description.digest else {
            throw TrainingError.auditOfOther(folder: dataset.folder, dataset: model.description.dataset)
        }
        let evaluator = Evaluator(model, jobs: jobs)
        var predictions: [Prediction] = []
        for split in [Split.validation, .test] where dataset.manifest.hasSamples(split) {
            _ = try evaluator.evaluate(
                model, on: dataset, split: split, report: { predictions.append($0) }, isCancelled: isCancelled
            )
        }
        guard !predictions.isEmpty else {
            throw TrainingError.emptySplit(folder: dataset.folder, split: .validation)
        }
        self.predictions = predictions.map { ($0, $0.probabilities[$0.label]) }
            .sorted { a, b in (a.1, a.0.id) < (b.1, b.0.id) }.map(\.0)
    }
}
