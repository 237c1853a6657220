// What a recipe must be to be trained on a dataset and this machine.

internal import Configuration
internal import Dataset
public import Loader
public import Shards

extension Trainer {
    /// The most samples of a batch: the recipe's number, or all samples of a smaller split; of a smaller dataset, with a
    /// held-out fold.
    static func batch(_ recipe: Recipe, _ dataset: PreparedDataset, _ fold: HeldOutFold?) -> Int {
        let splits = fold == nil ? [.train] : Split.allCases
        return min(recipe.batch, splits.reduce(0) { $0 + dataset.manifest[$1].rows })
    }

    /// Checks the recipe, and that it fits the dataset and this machine, before anything is written.
    ///
    /// - Throws: ``ConfigurationError`` for numbers that no recipe file may have, ``TrainingError`` if it does not fit
    /// - Returns: the recipe's network for the dataset's classes
    @discardableResult
    public static func requireTrainable(
        _ recipe: Recipe, on dataset: PreparedDataset, holdingOut fold: HeldOutFold? = nil, jobs: Int
    ) throws -> Architecture {
        // A run keeps it as a file of its own, which must be read again.
        guard recipe.yaml.utf8.count <= YAMLNode.lengthLimit else {
            throw ConfigurationError(
                file: recipe.name, line: nil,
                reason: "with a line for each layer, it is longer than a recipe may be")
        }
        try recipe.requireUsable()
        let architecture = try Architecture(recipe, classes: dataset.manifest.classes.count)
        guard fold != nil || dataset.manifest.hasSamples(.train) else {
            throw TrainingError.emptySplit(folder: dataset.folder, split: .train)
        }
        if let fold, fold.isEmpty {
            throw LoaderError.invalid(option: "fold", reason: "fold \(fold.number) has no samples")
        }
        guard recipe.patience == nil || fold != nil || dataset.manifest.hasSamples(.validation) else {
            throw TrainingError.noValidation(folder: dataset.folder)
        }
        _ = try recipe.loaderOptions(for: dataset)
        try architecture.requireMemory(for: recipe, batch: batch(recipe, dataset, fold), workers: jobs)
        return architecture
    }
}
