// Options of prep train, and what they change in a recipe.

internal import ArgumentParser
internal import Configuration
internal import Imaging
internal import Shards
internal import Training

struct TrainOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "The recipe: a name or a YAML file. (default: standard, adapted to the data)",
            valueName: "cnn|FILE"), completion: Completion.recipe)
    var recipe: String?

    @Option(
        name: .shortAndLong, help: "The run folder to write. (default: runs/DATASET-RECIPE-N)",
        completion: .directory)
    var output: String?

    @Option(help: ArgumentHelp("Continue an interrupted run.", valueName: "RUN"), completion: Completion.run)
    var resume: String?

    @Option(help: "Train on all folds but this one, from 0, and validate on it; see prep kaggle --folds.")
    var fold: Int?

    @Flag(help: "Train once for each fold, and compare the runs: mean and deviation.")
    var folds = false

    @Option(help: "Seed of initial weights, order, augmentation and dropout. (default: 0)")
    var seed: UInt64?

    @Option(help: "Passes over the train split. (default: the recipe's)")
    var epochs: Int?

    @Option(help: "Samples per step. (default: the recipe's)")
    var batch: Int?

    @Option(help: "Learning rate. (default: the recipe's)")
    var rate: Double?

    @Option(
        help: ArgumentHelp(
            "Augment anew in each epoch: degrees, pixels; also scale, shear, flip, crop, elastic, brightness, contrast, erase (see docs/augmentation.md); or none. (default: the recipe's)",
            valueName: "rotate=10,shift=2"))
    var augment: String?

    @Option(
        help: ArgumentHelp(
            "Stop after this many epochs without improvement. (default: the recipe's)", valueName: "N"))
    var earlyStopping: Int?

    @OptionGroup var jobs: JobsOption

    @Flag(help: "Print JSON, one line per epoch and one for the result.")
    var json = false

    @Flag(name: .shortAndLong, help: "Print nothing but errors.")
    var quiet = false

    /// The recipe for a dataset with all flags applied.
    func configuredRecipe(for manifest: Manifest, holdingOut fold: Int? = nil) throws -> Recipe {
        var recipe = try recipe.map(Recipe.named) ?? Recipe.standard(for: manifest, holdingOut: fold)
        func check(_ value: Int, _ range: ClosedRange<Int>, _ option: String) throws -> Int {
            guard range.contains(value) else {
                throw ValidationError("\(option) must be from \(range.lowerBound) to \(range.upperBound)")
            }
            return value
        }
        if let epochs { recipe.epochs = try check(epochs, Recipe.epochRange, "--epochs") }
        if let batch {
            recipe.batch = try check(batch, Recipe.batchRange, "--batch")
            recipe.microBatch = min(recipe.microBatch, recipe.batch)
        }
        if let rate {
            guard Recipe.rateRange.contains(rate) else {
                throw ValidationError("--rate must be from 1e-9 to 100")
            }
            recipe.rate = rate
        }
        if let earlyStopping { recipe.patience = try check(earlyStopping, 1...10_000, "--early-stopping") }
        if let augment {
            recipe.augmentation =
                augment == "none" ? nil : try Augmentation.parse(augment, option: "--augment").0
        }
        return recipe
    }

    /// A resumed run keeps its recipe.
    func rejectChanges() throws {
        let changes: [(String, Bool)] = [
            ("--recipe", recipe != nil), ("--output", output != nil), ("--seed", seed != nil),
            ("--fold", fold != nil),
            ("--epochs", epochs != nil), ("--batch", batch != nil), ("--rate", rate != nil),
            ("--augment", augment != nil), ("--early-stopping", earlyStopping != nil),
        ]
        if let change = changes.first(where: \.1) {
            throw ValidationError("\(change.0) cannot change a resumed run; start a new one")
        }
    }
}
