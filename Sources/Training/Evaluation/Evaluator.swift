// Evaluates a model on a split, and predicts single images.

public import Dataset
public import Shards
internal import Loader

/// Runs a network forward. Only one thread at a time may use an evaluator.
public final class Evaluator: @unchecked Sendable {
    private let recipe: Recipe
    private let workers: NetworkTeam
    private let jobs: Int
    /// The weights that were packed last.
    private var prepared: WeightSet?

    /// - Parameter jobs: number of threads
    init(_ architecture: Architecture, recipe: Recipe, jobs: Int) {
        self.recipe = recipe
        self.jobs = jobs
        workers = NetworkTeam(
            architecture, recipe: recipe, batch: Self.batch(of: recipe), workers: jobs)
    }

    /// Samples that are evaluated at once: whole micro-batches, as in training, so that a sample's logits are the same
    /// in both. Of large images they are fewer: a loader holds several batches.
    static func batch(of recipe: Recipe) -> Int {
        let samples = min(256, (64 << 20) / recipe.input.byteCount)
        return max(samples / recipe.microBatch, 1) * recipe.microBatch
    }

    /// An evaluator of `model`.
    ///
    /// - Parameter jobs: number of threads; results do not depend on it
    /// - Throws: ``TrainingError`` if this machine has too little memory for its network
    public convenience init(_ model: Model, jobs: Int) throws(TrainingError) {
        try model.architecture.requireMemory(evaluating: model.description.recipe, workers: jobs)
        self.init(model.architecture, recipe: model.description.recipe, jobs: jobs)
        prepare(model.weights)
    }

    /// Packs weights for this network; call it after each change of them.
    func prepare(_ weights: WeightSet) {
        weights.reserve(for: workers.networks[0])
        weights.packAll(with: workers.networks[0])
        prepared = weights
    }

    private func requirePrepared(_ model: Model) {
        precondition(model.weights === prepared, "an evaluator is for the model that it was made with")
    }

    /// A loader of a split in stored order, with pixels in the recipe's format; `nil` for an empty split.
    func loader(_ dataset: PreparedDataset, _ split: Split, _ fold: HeldOutFold?) throws -> DataLoader? {
        guard fold != nil || dataset.manifest.hasSamples(split) else { return nil }
        var options = try recipe.loaderOptions(for: dataset)
        options.batchSize = workers.capacity
        options.shuffle = false
        options.augmentation = nil
        options.workers = jobs
        do {
            return try DataLoader(dataset, split: split, holdingOut: fold, options: options)
        } catch LoaderError.emptySplit {
            return nil
        }
    }

    /// Loss and confusion of weights on all batches of an unshuffled loader.
    ///
    /// - Parameter report: called with the prediction for each sample, in order; `nil` saves its cost
    func evaluate(
        _ loader: DataLoader, _ weights: WeightSet, isCancelled: () -> Bool = { false },
        _ report: ((Prediction) -> Void)? = nil
    ) throws -> (Evaluation, score: Score) {
        let (classes, capacity) = (workers.architecture.classes, workers.capacity)
        var confusion = ConfusionMatrix(classes: classes)
        let logits = FloatBuffer(capacity * classes)
        var total = Score()
        let stream = try loader.batches(epoch: 0)
        while let batch = try stream.next() {
            if isCancelled() { throw TrainingError.cancelled }
            batch.withInput { input in
                total =
                    total
                    + workers.evaluate(input, weights: weights) { first, count, values in
                        (logits + first * classes).update(from: values, count: count * classes)
                    }
                for row in 0..<input.count {
                    let x = logits + row * classes
                    let (label, predicted) = (Int(input.labels[row]), CrossEntropy.argmax(x, classes))
                    confusion.add(label: label, predicted: predicted)
                    report?(
                        Prediction(
                            id: input.ids[row], row: batch.step * capacity + row, label: label,
                            predicted: predicted,
                            logits: Array(UnsafeBufferPointer(start: x, count: classes))))
                }
            }
        }
        let evaluation = Evaluation(loss: total.loss / Double(max(total.count, 1)), confusion: confusion)
        return (evaluation, total)
    }

    /// Evaluates a model on one split of a dataset.
    ///
    /// - Parameters:
    ///   - model: the model that this evaluator was made with
    ///   - report: called with the prediction for each sample, in stored order
    ///   - isCancelled: asked before each batch; `true` ends the evaluation with an error
    /// - Throws: ``TrainingError`` if the dataset's classes or image size are not the model's, the split is empty, or
    ///   `isCancelled`; `LoaderError`, `ShardError` or `StorageError` if the split cannot be read
    public func evaluate(
        _ model: Model, on dataset: PreparedDataset, split: Split,
        report: ((Prediction) -> Void)? = nil, isCancelled: () -> Bool = { false }
    ) throws -> Evaluation {
        requirePrepared(model)
        try model.requireFit(dataset)
        // A model that did not learn from a fold is validated on it.
        let fold = dataset.manifest.digest == model.description.digest ? model.description.fold : nil
        let held = try fold.map { try HeldOutFold($0, of: dataset) }
        guard let loader = try loader(dataset, split, held) else {
            throw TrainingError.emptySplit(folder: dataset.folder, split: split)
        }
        return try evaluate(loader, model.weights, isCancelled: isCancelled, report).0
    }

    /// Predicts one image that was prepared like the images of the model's dataset.
    ///
    /// - Parameters:
    ///   - model: the model that this evaluator was made with
    ///   - pixels: row-major, channels interleaved, of the dataset's image shape
    /// - Returns: the probability of each label
    /// - Throws: ``TrainingError`` if the image does not fit the network's input
    public func probabilities(_ model: Model, pixels: [UInt8]) throws -> [Float] {
        requirePrepared(model)
        let shape = model.description.image
        precondition(pixels.count == shape.byteCount)
        let placed = try recipe.placed(pixels, of: shape.size)
        let floats = recipe.normalized(placed)
        let memory = FloatBuffer(floats.count)
        memory.base.update(from: floats, count: floats.count)
        let (classes, output) = (workers.architecture.classes, FloatBuffer(workers.architecture.classes))
        withUnsafeTemporaryAllocation(of: UInt16.self, capacity: 1) { label in
            label.initialize(repeating: 0)
            withUnsafeTemporaryAllocation(of: UInt32.self, capacity: 1) { id in
                id.initialize(repeating: 0)
                guard let labels = label.baseAddress, let ids = id.baseAddress else { return }
                let input = BatchInput(pixels: memory.base, labels: labels, ids: ids, count: 1)
                _ = workers.evaluate(input, weights: model.weights) { _, _, logits in
                    CrossEntropy.softmax(logits, classes, into: output.base)
                }
            }
        }
        return Array(output.values)
    }
}
