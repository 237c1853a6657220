// The training loop: epochs of steps, validation, checkpoints.

internal import Dataset
internal import Foundation
internal import Loader
internal import Parallel
public import Shards

/// Trains a recipe on a dataset. Weights are a function of dataset, recipe and seed.
public final class Trainer {
    public let recipe: Recipe
    public let architecture: Architecture
    public let folder: RunFolder
    private let dataset: PreparedDataset
    private let seed: UInt64
    private let jobs: Int
    private let workers: NetworkTeam
    private let evaluator: Evaluator
    private let gradients: GradientParts
    private let state: TrainingState
    private let plan: UpdatePlan
    private let train: DataLoader
    private let validation: DataLoader?
    public private(set) var epochs: [EpochMetrics] = []

    /// Begins a run.
    ///
    /// - Parameters:
    ///   - seed: of initial weights, order, augmentation and dropout
    ///   - jobs: threads that compute; results do not depend on it
    public convenience init(
        _ recipe: Recipe, on dataset: PreparedDataset, seed: UInt64, jobs: Int, folder: RunFolder
    ) throws {
        try self.init(recipe, dataset, seed, jobs, folder)
        state.weights.initialise(recipe.initialisation, seed: seed)
        state.average?.buffer.copy(state.weights.buffer)
        try folder.write(recipe.yaml, to: RunFolder.recipeName)
        packWeights()
    }

    /// Goes on with a run after its last finished epoch.
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
        try self.init(description.recipe, dataset, description.seed, jobs, folder)
        try checkpoint.restore(state, file: file)
        epochs = checkpoint.epochs
        packWeights()
    }

    private init(
        _ recipe: Recipe, _ dataset: PreparedDataset, _ seed: UInt64, _ jobs: Int, _ folder: RunFolder
    ) throws {
        self.recipe = recipe
        self.dataset = dataset
        self.seed = seed
        self.jobs = jobs
        self.folder = folder
        architecture = try Self.requireTrainable(recipe, on: dataset, jobs: jobs)
        train = try Self.trainLoader(recipe, dataset, seed, jobs)
        evaluator = Evaluator(architecture, recipe: recipe, jobs: jobs)
        validation = try evaluator.loader(dataset, .validation)
        let batch = Self.batch(recipe, dataset)
        workers = NetworkTeam(architecture, recipe: recipe, batch: batch, workers: jobs)
        gradients = GradientParts(workers.networks[0], parts: workers.parts(of: batch))
        state = TrainingState(architecture, recipe: recipe)
        plan = UpdatePlan(recipe, workers, gradients, state)
    }

    /// Threads that compute: no more than a batch has micro-batches.
    public var threads: Int { workers.networks.count }

    /// Samples of a batch, at most: no more than the split has.
    private static func batch(_ recipe: Recipe, _ dataset: PreparedDataset) -> Int {
        min(recipe.batch, dataset.manifest.samples(.train))
    }

    /// Finds out whether a recipe and a dataset fit each other and this machine, before anything is written.
    ///
    /// - Returns: the recipe's layers for the dataset's classes
    @discardableResult
    public static func requireTrainable(
        _ recipe: Recipe, on dataset: PreparedDataset, jobs: Int
    ) throws(TrainingError) -> Architecture {
        let architecture = try Architecture(recipe, classes: dataset.manifest.classes.count)
        guard dataset.manifest.hasSamples(.train) else {
            throw .emptySplit(folder: dataset.folder, split: .train)
        }
        guard recipe.patience == nil || dataset.manifest.hasSamples(.validation) else {
            throw .noValidation(folder: dataset.folder)
        }
        _ = try recipe.loaderOptions(for: dataset)
        try architecture.requireMemory(for: recipe, batch: batch(recipe, dataset), workers: jobs)
        return architecture
    }

    private static func trainLoader(
        _ recipe: Recipe, _ dataset: PreparedDataset, _ seed: UInt64, _ jobs: Int
    ) throws -> DataLoader {
        var options = try recipe.loaderOptions(for: dataset)
        options.batchSize = batch(recipe, dataset)
        options.seed = seed
        options.augmentation = recipe.augmentation
        // Batches are cheap beside a step; more threads would only take cores from it.
        options.workers = recipe.augmentation == nil ? 1 : jobs
        return try DataLoader(dataset, split: .train, options: options)
    }

    private func packWeights() {
        state.weights.reserve(for: workers.networks[0])
        state.weights.packAll(with: workers.networks[0])
    }

    /// Trains until the last epoch, or until patience ends; then judges the best model on the test split.
    ///
    /// - Parameter report: called on this thread, ten times a second at most within epochs
    public func run(
        isCancelled: @escaping () -> Bool = { false }, report: (TrainingEvent) -> Void = { _ in }
    ) throws -> TrainingResult {
        var best: EpochMetrics?
        for metrics in epochs where metrics.isBetter(than: best) { best = metrics }
        var stoppedEarly = isOutOfPatience(best)
        while epochs.count < recipe.epochs, !stoppedEarly {
            let metrics = try runEpoch(isCancelled, report)
            let isBest = metrics.isBetter(than: best)
            if isBest { best = metrics }
            epochs.append(metrics)
            try save(isBest: isBest)
            report(.epoch(metrics, isBest: isBest))
            stoppedEarly = isOutOfPatience(best)
        }
        try model.write(to: "\(folder.path)/\(RunFolder.lastName)")
        guard let best else { throw TrainingError.emptySplit(folder: dataset.folder, split: .train) }
        let path = "\(folder.path)/\(Model.fileName)"
        let (evaluation, split) = try judge(path, isCancelled)
        let result = TrainingResult(
            epochs: epochs, best: best, test: split == .test ? evaluation : nil, model: path,
            stoppedEarly: stoppedEarly)
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
        let epoch = epochs.count
        let start = monotonicNow()
        var clock = ReportClock(start)
        var score = Score()
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
            if let seconds = clock.tick() {
                report(
                    .step(
                        StepProgress(
                            epoch: epoch + 1, epochs: recipe.epochs, step: batch.step + 1,
                            steps: train.stepsPerEpoch, train: SplitMetrics(score),
                            samplesPerSecond: Double(score.count) / seconds, seconds: seconds)))
            }
        }
        let trained = monotonicNow() - start
        let judged = try judgeValidation(isCancelled)
        // The last step may have broken what the next one would have noticed.
        guard judged?.loss.isFinite ?? true, state.model.buffer.values.allSatisfy(\.isFinite) else {
            throw TrainingError.diverged(epoch: epoch + 1, step: train.stepsPerEpoch, rate: rate)
        }
        return EpochMetrics(
            epoch: epoch + 1, train: SplitMetrics(score), validation: judged, rate: rate,
            samplesPerSecond: Double(score.count) / trained, seconds: monotonicNow() - start)
    }

    private func judgeValidation(_ isCancelled: @escaping () -> Bool) throws -> SplitMetrics? {
        guard let validation else { return nil }
        // Weights without an average are packed as the last step left them.
        if let average = state.average { evaluator.prepare(average) }
        return try resumably {
            SplitMetrics(try evaluator.evaluate(validation, state.model, isCancelled: isCancelled).score)
        }
    }

    /// The best model on test; without one on validation, or else on train.
    private func judge(
        _ path: String, _ isCancelled: () -> Bool
    ) throws -> (evaluation: Evaluation, split: Split) {
        for split in [Split.test, .validation, .train] {
            guard let loader = try evaluator.loader(dataset, split) else { continue }
            let model = try Model(contentsOf: path)
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

    /// Says how to go on where `body` is interrupted.
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

    /// What the model would be now.
    private var model: Model { Model(description, architecture, state.model) }

    private var description: ModelDescription {
        let manifest = dataset.manifest
        return ModelDescription(
            recipe: recipe, classes: manifest.classes, dataset: manifest.name, digest: manifest.digest,
            image: manifest.image, preparation: manifest.configuration, seed: seed, epoch: epochs.count)
    }

    /// Model first, checkpoint last: whatever a kill leaves, the checkpoint leads to the same files again.
    private func save(isBest: Bool) throws {
        if isBest { try model.write(to: "\(folder.path)/\(Model.fileName)") }
        try folder.write(MetricsFile.text(epochs), to: MetricsFile.name)
        try Checkpoint(description, state, epochs: epochs).tensors.write(
            to: "\(folder.path)/\(RunFolder.checkpointName)")
        try FileSystem.sync(folder: folder.path)
    }
}

private func monotonicNow() -> Double { Double(DispatchTime.now().uptimeNanoseconds) * 1e-9 }

/// Ticks ten times a second at most.
private struct ReportClock {
    private let start: Double
    private var last: Double

    init(_ start: Double) { (self.start, last) = (start, start) }

    /// Seconds since the start, when it is time to report.
    mutating func tick() -> Double? {
        let now = monotonicNow()
        guard now - last >= 0.1 else { return nil }
        last = now
        return now - start
    }
}
