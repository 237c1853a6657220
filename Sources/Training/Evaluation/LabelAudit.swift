// Finds labels that are probably wrong, because a model that did not learn from them gives them a low probability.

internal import Dataset
public import Shards

/// Samples that a model did not learn from, the most suspicious label first.
public struct LabelAudit: Sendable {
    /// What labels are ranked by, both from Northcutt et al., "Confident Learning", 2021.
    public enum Measure: String, Sendable, CaseIterable {
        /// The probability of the label, 0...1.
        case selfConfidence = "self-confidence"
        /// The probability of the label less that of the most probable other class, scaled to 0...1.
        case normalizedMargin = "normalized-margin"
    }

    /// Which samples these are, for reports.
    package let scope: String
    /// What they are ranked by.
    public let measure: Measure
    /// The most suspicious label first.
    public let predictions: [Prediction]

    /// Labels that the model contradicts: it finds another class more probable.
    public var contradicted: Int { predictions.count { $0.predicted != $0.label } }

    init(_ predictions: [Prediction], by measure: Measure, scope: String) {
        self.scope = scope
        self.measure = measure
        self.predictions = predictions.map { ($0, $0.value(of: measure)) }
            .sorted { a, b in (a.1, a.0.id) < (b.1, b.0.id) }.map(\.0)
    }

    /// Evaluates a model on validation and test: on train, it would say little, because it learned those labels.
    ///
    /// - Throws: ``TrainingError`` if the model was not trained on this dataset, both splits are empty, or
    ///   `isCancelled`; `LoaderError`, `ShardError` or `StorageError` if a split cannot be read
    public init(
        _ model: Model, _ dataset: PreparedDataset, by measure: Measure = .selfConfidence, jobs: Int,
        isCancelled: () -> Bool = { false }
    ) throws {
        guard dataset.manifest.digest == model.description.digest else {
            throw TrainingError.auditOfOther(folder: dataset.folder, dataset: model.description.dataset)
        }
        let evaluator = try Evaluator(model, jobs: jobs)
        var predictions: [Prediction] = []
        for split in [Split.validation, .test]
        where dataset.manifest.hasSamples(split) || model.description.fold != nil && split == .validation {
            _ = try evaluator.evaluate(
                model, on: dataset, split: split, report: { predictions.append($0) }, isCancelled: isCancelled
            )
        }
        guard !predictions.isEmpty else {
            throw TrainingError.emptySplit(folder: dataset.folder, split: .validation)
        }
        self.init(
            predictions, by: measure,
            scope: model.description.fold.map { "fold \($0) and test only" } ?? "validation and test only")
    }
}

extension Prediction {
    /// A measure of the trust in the given label, 0...1.
    package func value(of measure: LabelAudit.Measure) -> Float {
        let probabilities = probabilities
        switch measure {
        case .selfConfidence: return probabilities[label]
        case .normalizedMargin:
            let other = probabilities.indices.lazy.filter { $0 != label }.map { probabilities[$0] }.max() ?? 0
            return (probabilities[label] - other + 1) / 2
        }
    }
}
