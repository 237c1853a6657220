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

    public init(_ model: Model, _ dataset: PreparedDataset, jobs: Int) throws {
        let evaluator = Evaluator(model, jobs: jobs)
        var judgements: [Judgement] = []
        for split in [Split.validation, .test] where dataset.manifest.hasSamples(split) {
            _ = try evaluator.evaluate(model, on: dataset, split: split) { judgements.append($0) }
        }
        guard !judgements.isEmpty else {
            throw TrainingError.emptySplit(folder: dataset.folder, split: .validation)
        }
        self.judgements = judgements.map { ($0, $0.probabilities[$0.label]) }
            .sorted { a, b in (a.1, a.0.id) < (b.1, b.0.id) }.map(\.0)
    }
}
