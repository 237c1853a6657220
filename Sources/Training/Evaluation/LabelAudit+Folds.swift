// Predictions for every sample of a dataset, each by a model that did not learn from it.

internal import Foundation
internal import Loader
package import Shards

extension LabelAudit {
    /// Trains a model for each fold on all others and asks it about the fold, so that every label is judged, those of
    /// train too. The models are those after their last epoch, since the best epoch is chosen by labels of the fold.
    ///
    /// - Parameters:
    ///   - folds: the fold of each sample, 0 to `count` - 1
    ///   - report: called when a fold is done, with its number and the share of its labels that its model predicts
    /// - Throws: ``TrainingError`` if the recipe does not fit the dataset, or `isCancelled`; `LoaderError`, `ShardError`
    ///   or `StorageError` if a file cannot be read or written
    package init(
        _ recipe: Recipe, on dataset: PreparedDataset, folds: [UInt8?], count: Int, seed: UInt64,
        by measure: Measure, jobs: Int, isCancelled: @escaping () -> Bool = { false },
        report: (_ fold: Int, _ accuracy: Double) -> Void = { _, _ in }
    ) throws {
        let scratch = FileManager.default.temporaryDirectory.path + "/prep-audit-\(UUID().uuidString)"
        defer { try? FileManager.default.removeItem(atPath: scratch) }
        var recipe = recipe
        // Stopping early would be by labels of the fold, too.
        recipe.patience = nil
        var predictions: [Prediction] = []
        for number in 0..<count {
            let fold = HeldOutFold(number, folds: folds, of: dataset)
            let folder = "\(scratch)/\(number)"
            let trainer = try Trainer(
                recipe, on: dataset, seed: seed, holdingOut: fold, jobs: jobs,
                folder: try RunFolder(creating: folder))
            do {
                _ = try trainer.run(isCancelled: isCancelled)
            } catch TrainingError.interrupted {
                throw TrainingError.cancelled
            }
            let model = try Model(contentsOf: "\(folder)/\(RunFolder.lastName)")
            let evaluator = try Evaluator(model, jobs: jobs)
            guard let loader = try evaluator.loader(dataset, .validation, fold) else { continue }
            let (evaluation, _) = try evaluator.evaluate(loader, model.weights, isCancelled: isCancelled) {
                predictions.append($0)
            }
            report(number, evaluation.accuracy)
        }
        self.init(
            predictions, by: measure,
            scope: "all samples, each by one of \(count) models that did not learn from it")
    }
}
