// The training loop: epochs of steps, validation, checkpoints.

internal import Dataset
internal import Foundation
public import Loader
internal import Parallel
public import Shards
internal import Storage

/// Trains a recipe on a dataset. The weights depend only on dataset, recipe and seed.
public final class Trainer {
    /// The recipe that is trained.
    public let recipe: Recipe
    /// The recipe's network for the dataset's classes.
    public let architecture: Architecture
    /// Where the run is saved.
    public let folder: RunFolder
    private let dataset: PreparedDataset
    private let seed: UInt64
    /// What is validation instead of the validation split, if anything.
    public let fold: HeldOutFold?
    private let jobs: Int
    private let workers: NetworkTeam
    private let evaluator: Evaluator
    private let gradients: GradientParts
    private let state: TrainingState
    private let plan: UpdatePlan
    private let train: DataLoader
    private let validation: DataLoader?
    /// The finished epochs, in order.
    public private(set) var epochs: [EpochMetrics] = []

    /// Starts a run.
    ///
    /// - Parameters:
    ///   - seed: of initial weights, sample order, augmentation and dropout
    ///   - fold: what to validate on instead of the validation split, while all other folds are train
    ///   - jobs: number of threads; results do not depend on it
    /// - Throws: ``TrainingError`` if recipe and dataset do not fit; `LoaderError`, `ShardError` or `StorageError` if a
    ///   file cannot be read or written
    public convenience init(
        _ recipe: Recipe, on dataset: PreparedDataset, seed: UInt64, holdingOut fold: HeldOutFold? = nil,
        jobs: Int, folder: RunFolder
    ) throws {
        try self.init(recipe, dataset, seed, fold, jobs, folder)
        state.weights.initialise(recipe.initialisation, seed: seed)
        if recipe.whitening {
            var plain = recipe
            plain.augmentation = nil
            try state.weights.whiten(on: Self.trainLoader(plain, dataset, seed, fold, jobs))
        }
        state.average?.buffer.copy(state.weights.buffer)
        try folder.write(recipe.yaml, to: RunFolder.recipeName)
        packWeights()
    }

    /// Resumes a run after its last finished epoch. Throws as for a new run, and ``TrainingError`` or
    /// `ConfigurationError` if dataset or recipe have changed.
    public convenience init(resuming folder: RunFolder, on dataset: PreparedDataset, jobs: Int) throws {
        let file = "\(folder.path)/\(RunFolder.checkpointName)"
        let checkpoint = try Checkpoint(reading: file)
        let description = checkpoint.description
        guard description.digest == dataset.manifest.digest else {
            throw TrainingError.otherDataset(
                folder: dataset.folder, expected: String(description.digest.hex.prefix(12)),
                found: String(dataset.manifest.digest.hex.prefix(12)))
        }
        try folder.requireRecipe(description.recipe)
        do throws(TrainingError) {
            _ = try Architecture(description.recipe, classes: description.classes.count)
        } catch {
            throw TrainingError.malformedModel(file: file, reason: error.description)
        }
        let fold = try description.fold.map { try HeldOutFold($0, of: dataset) }
        try self.init(description.recipe, dataset, description.seed, fold, jobs, folder)
        guard checkpoint.epochs.map(\.epoch) == Array(1..<checkpoint.epochs.count + 1),
            checkpoint.step == checkpoint.epochs.count * train.stepsPerEpoch
        else {
            throw TrainingError.malformedModel(file: file, reason: "its steps are not those of its epochs")
        }
        try checkpoint.restore(state, file: file)
        epochs = checkpoint.epochs
        packWeights()
    }

    private init(
        _ recipe: Recipe, _ dataset: PreparedDataset, _ seed: UInt64, _ fold: HeldOutFold?, _ jobs: Int,
        _ folder: RunFolder
    ) throws {
        self.recipe = recipe
        self.dataset = dataset
        self.seed = seed
        self.fold = fold
        self.jobs = jobs
        self.folder = folder
        architecture = try Self.requireTrainable(recipe, on: dataset, holdingOut: fold, jobs: jobs)
        train = try Self.trainLoader(recipe, dataset, seed, fold, jobs)
        evaluator = Evaluator(architecture, recipe: recipe, jobs: jobs)
        validation = try evaluator.loader(dataset, .validation, fold)
        let batch = Self.batch(recipe, dataset, fold)
        workers = NetworkTeam(architecture, recipe: recipe, batch: batch, workers: jobs)
        gradients = GradientParts(workers.networks[0], parts: workers.parts(of: batch))
        state = TrainingState(architecture, recipe: recipe)
        plan = UpdatePlan(recipe, workers, gradients, state)
    }

    /// Number of threads, at most one for each micro-batch of a batch.
    package var threads: Int { workers.networks.count }

    private static func trainLoader(
        _ recipe: Recipe, _ dataset: PreparedDataset, _ seed: UInt64, _ fold: HeldOutFold?, _ jobs: Int
    ) throws -> DataLoader {
        var options = try recipe.loaderOptions(for: dataset)
        options.batchSize = batch(recipe, dataset, fold)
        options.seed = seed
        options.augmentation = recipe.augmentation
        // Without augmentation, batches are cheap; more threads would only take cores from the training step.
        options.workers = recipe.augmentation == nil ? 1 : jobs
        return try DataLoader(dataset, split: .train, holdingOut: fold, options: options)
    }

    private func packWeights() {
        state.weights.reserve(for: workers.networks[0])
        state.weights.packAll(with: workers.networks[0])
    }

    /// Trains until the last epoch or early stopping, then evaluates the best model on the test split.
    ///
    /// - Parameters:
    ///   - isCancelled: asked before each batch; `true` interrupts the run, which can be resumed
    ///   - report: called on this thread, within an epoch at most ten times a second
    /// - Throws: ``TrainingError`` if the run is interrupted or its loss diverges; `LoaderError`, `ShardError` or
    ///   `StorageError` if a file cannot be read or written
    public func run(
        isCancelled: @escaping () -> Bool = { false }, report: (TrainingEvent) -> Void = { _ in }
    ) throws -> TrainingResult {
        var best: EpochMetrics?
        for metrics in epochs where metrics.isBetter(than: best) { best = metrics }
        while epochs.count < recipe.epochs, !isOutOfPatience(best) {
            let metrics = try runEpoch(isCancelled, report)
            let isBest = metrics.isBetter(than: best)
            if isBest { best = metrics }
            epochs.append(metrics)
            try save(isBest: isBest)
            report(.epoch(metrics, isBest: isBest))
        }
        try folder.write(model.tensors, to: RunFolder.lastName)
        guard let best else { throw TrainingError.emptySplit(folder: dataset.folder, split: .train) }
        let path = "\(folder.path)/\(Model.fileName)"
        let (evaluation, split) = try evaluateBest(path, isCancelled)
        guard evaluation.loss.isFinite else {
            throw TrainingError.diverged(epoch: best.epoch, step: train.stepsPerEpoch, rate: best.rate)
        }
        let result = TrainingResult(
            epochs: epochs, best: best, test: split == .test ? evaluation : nil, model: path,
            stoppedEarly: epochs.count < recipe.epochs)
        try write(result, evaluation, on: split)
        return result
    }

    private func isOutOfPatience(_ best: EpochMetrics?) -> Bool {
        guard let patience = recipe.patience, let best else { return false }
        return epochs.count - best.epoch >= patience
    }

    /// One epoch of steps, then validation.
    private func runEpoch(
        _ isCancelled: @escaping () -> Bool, _ report: (TrainingEvent) -> Void
    ) throws -> EpochMetrics {
        let (epoch, start) = (epochs.count, monotonicSeconds())
        var clock = ReportClock(start)
        var (score, pieces) = (Score(), LossPieces(epoch: epoch, steps: train.stepsPerEpoch))
        let key = SeededRandom.key(seed: seed, purpose: .dropout, epoch: UInt64(epoch))
        let total = recipe.epochs * train.stepsPerEpoch
        var rate = recipe.rate
        let stream = try train.batches(epoch: epoch)
        while let batch = try stream.next() {
            if isCancelled() { throw interrupted }
            rate =
                recipe.rate
                * recipe.schedule.factor(
                    step: state.step, of: total, stepsPerEpoch: train.stepsPerEpoch)
            let part =
                batch.withInput { input in
                    let part = workers.train(
                        input, weights: state.weights, gradients: gradients, dropoutKey: key)
                    if part.loss.isFinite { plan.apply(count: input.count, rate: rate) }
                    return part
                } ?? Score()
            guard part.loss.isFinite else {
                throw TrainingError.diverged(epoch: epoch + 1, step: batch.step + 1, rate: rate)
            }
            score = score + part
            if let point = pieces.add(part, step: batch.step) { report(.loss(point)) }
            if let seconds = clock.tick() {
                report(
                    .step(
                        StepProgress(
                            epoch: epoch + 1, epochs: recipe.epochs, step: batch.step + 1,
                            steps: train.stepsPerEpoch, train: SplitMetrics(score),
                            samplesPerSecond: Double(score.count) / seconds, seconds: seconds)))
            }
        }
        let trained = monotonicSeconds() - start
        let validated = try evaluateValidation(isCancelled)
        // Nothing has checked the last update yet: the loss is checked before each update.
        guard validated?.loss.isFinite ?? true, state.model.buffer.values.allSatisfy(\.isFinite) else {
            throw TrainingError.diverged(epoch: epoch + 1, step: train.stepsPerEpoch, rate: rate)
        }
        return EpochMetrics(
            epoch: epoch + 1, train: SplitMetrics(score), validation: validated, rate: rate,
            samplesPerSecond: Double(score.count) / trained, seconds: monotonicSeconds() - start)
    }

    private func evaluateValidation(_ isCancelled: @escaping () -> Bool) throws -> SplitMetrics? {
        guard let validation else { return nil }
        // Without an average, the last step has already packed the weights.
        if let average = state.average { evaluator.prepare(average) }
        return try resumably {
            SplitMetrics(try evaluator.evaluate(validation, state.model, isCancelled: isCancelled).score)
        }
    }

    /// Evaluates the best model on test; if that is empty, on validation; if both are, on train.
    private func evaluateBest(
        _ path: String, _ isCancelled: () -> Bool
    ) throws -> (evaluation: Evaluation, split: Split) {
        for split in [Split.test, .validation, .train] {
            guard let loader = try evaluator.loader(dataset, split, fold) else { continue }
            let model = try Model(contentsOf: path, of: description)
            evaluator.prepare(model.weights)
            return try resumably {
                (try evaluator.evaluate(loader, model.weights, isCancelled: isCancelled).0, split)
            }
        }
        throw TrainingError.emptySplit(folder: dataset.folder, split: .train)
    }

    private var interrupted: TrainingError {
        .interrupted(run: folder.path, dataset: dataset.folder, epochs: epochs.count)
    }

    /// Runs `body`; if it is cancelled, throws an error that says how to resume.
    private func resumably<R>(_ body: () throws -> R) throws -> R {
        do {
            return try body()
        } catch TrainingError.cancelled {
            throw interrupted
        }
    }

    private func write(_ result: TrainingResult, _ evaluation: Evaluation, on split: Split) throws {
        let record = RunResult(
            split: split, loss: evaluation.loss, accuracy: evaluation.accuracy,
            bestEpoch: result.best.epoch, stoppedEarly: result.stoppedEarly, confusion: evaluation.confusion)
        try folder.write(record.json.readableText, to: RunResult.fileName)
    }

    /// The model with the current weights.
    private var model: Model { Model(description, architecture, state.model) }

    private var description: ModelDescription {
        let manifest = dataset.manifest
        return ModelDescription(
            recipe: recipe, classes: manifest.classes, dataset: manifest.name, digest: manifest.digest,
            image: manifest.image, preparation: manifest.configuration, seed: seed, fold: fold?.number,
            epoch: epochs.count)
    }

    /// Writes the checkpoint last: if the process is killed before that, resuming writes the same files again.
    private func save(isBest: Bool) throws {
        if isBest { try folder.write(model.tensors, to: Model.fileName) }
        try folder.write(MetricsFile.text(epochs), to: MetricsFile.name)
        try folder.write(
            Checkpoint(description, state, epochs: epochs).tensors, to: RunFolder.checkpointName)
        try folder.sync()
    }
}
