// Which labels are probably wrong: those that a model finds most improbable.

internal import Dataset
public import Shards

/// Samples that the model has not learnt from, in the order in which their labels are doubted.
///
/// The measure is the probability of the given label ("self-confidence" in Northcutt et al., "Confident
/// Learning", 2021): on samples outside of train it is an honest one.
public struct LabelAudit: Sendable {
    /// How predictions were kept honest.
    public let method = "validation and test only, by the probability of the given label"
    /// Most doubted first.
    public let judgements: [Judgement]

    /// - Throws: when the model was not trained on this very dataset, whose split tells what it has not learnt
    public init(
        _ model: Model, _ dataset: PreparedDataset, jobs: Int, isCancelled: () -> Bool = { false }
    ) throws {
        guard dataset.manifest.digest == model.description.digest else {
            throw TrainingError.auditOfOther(folder: dataset.folder, dataset: model.description.dataset)
        }
        let evaluator = Evaluator(model, jobs: jobs)
        var judgements: [Judgement] = []
        for split in [Split.validation, .test] where dataset.manifest.hasSamples(split) {
            _ = try evaluator.evaluate(
                model, on: dataset, split: split, judge: { judgements.append($0) }, isCancelled: isCancelled)
        }
        guard !judgements.isEmpty else {
            throw TrainingError.emptySplit(folder: dataset.folder, split: .validation)
        }
        self.judgements = judgements.map { ($0, $0.probabilities[$0.label]) }
            .sorted { a, b in (a.1, a.0.id) < (b.1, b.0.id) }.map(\.0)
    }
}
