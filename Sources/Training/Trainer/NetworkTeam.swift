// The networks of all workers, which compute a batch together: one micro-batch per task.

internal import Dataset
internal import Loader
internal import Parallel

/// Pixels and labels of a batch, as the loader delivers them.
struct BatchInput {
    /// At least [count, height, width, channels].
    let pixels: UnsafePointer<Float>
    let labels: UnsafePointer<UInt16>
    let ids: UnsafePointer<UInt32>
    let count: Int
}

/// Workers with one network each, the memory that they share, and their scores.
final class NetworkTeam: @unchecked Sendable {
    let architecture: Architecture
    let microBatch: Int
    /// The most samples of a batch.
    let capacity: Int
    let team: Team
    let networks: [Network]
    let memory: BatchMemory
    private let losses: [CrossEntropy]
    private let scores: UnsafeMutableBufferPointer<Score>

    /// - Parameters:
    ///   - batch: the most samples of a batch
    ///   - workers: number of threads
    ///   - cache: as of `Network`
    init(
        _ architecture: Architecture, recipe: Recipe, batch: Int, workers: Int, cache: Int = Stage.cache
    ) {
        let microBatch = min(recipe.microBatch, batch)
        let parts = (batch + microBatch - 1) / microBatch
        let memory = BatchMemory(architecture, microBatch: microBatch, parts: parts)
        var networks: [Network] = []
        for _ in 0..<min(workers, parts) {
            networks.append(Network(architecture, memory: memory, cache: cache))
        }
        self.architecture = architecture
        self.microBatch = microBatch
        self.memory = memory
        self.networks = networks
        capacity = batch
        team = Team(networks.count)
        losses = networks.map { _ in
            CrossEntropy(
                classes: architecture.classes, smoothing: recipe.labelSmoothing,
                onSoftmax: architecture.endsInSoftmax)
        }
        scores = .allocate(capacity: parts)
        scores.initialize(repeating: Score())
    }

    deinit { scores.deallocate() }

    /// Micro-batches that hold `count` samples.
    func parts(of count: Int) -> Int { (count + microBatch - 1) / microBatch }

    /// Forward pass, loss and backward pass. The loss is the mean over the batch. The weight gradients of linear layers
    /// are left to the caller.
    func train(
        _ batch: BatchInput, weights: WeightSet, gradients: GradientParts, dropoutKey: UInt64
    ) -> Score {
        let scale = 1 / Float(batch.count)
        return forEachPart(batch, weights, gradients, dropoutKey) { [self] member, pass, labels in
            let network = networks[member]
            let gradient = network.logitsGradient.at(pass.images)
            let score = losses[member].score(
                network.logits.at(pass.images), labels: labels, count: pass.count, scale: scale,
                gradient: gradient)
            network.backward(pass)
            return score
        }
    }

    /// Forward pass and loss.
    ///
    /// - Parameter body: called for each micro-batch, on any thread, with the number of its first sample and its
    ///   logits [count, classes]
    func evaluate(
        _ batch: BatchInput, weights: WeightSet,
        _ body: @escaping @Sendable (_ first: Int, _ count: Int, _ logits: UnsafePointer<Float>) -> Void
    ) -> Score {
        forEachPart(batch, weights, nil, 0) { [self] member, pass, labels in
            let logits = networks[member].logits.at(pass.images)
            body(pass.images.part * microBatch, pass.count, logits)
            return losses[member].score(
                logits, labels: labels, count: pass.count, scale: 1, gradient: nil)
        }
    }

    private func forEachPart(
        _ batch: BatchInput, _ weights: WeightSet, _ gradients: GradientParts?, _ dropoutKey: UInt64,
        _ body: @escaping @Sendable (_ member: Int, Pass, UnsafePointer<UInt16>) -> Score
    ) -> Score {
        memory.input.rebase(UnsafeMutablePointer(mutating: batch.pixels))
        let parts = parts(of: batch.count)
        nonisolated(unsafe) let batch = batch
        team.perform(parts) { [self] member, part in
            let first = part * microBatch
            let pass = Pass(
                weights: weights, gradients: gradients,
                images: Images(part: part, count: min(microBatch, batch.count - first)),
                dropoutKey: dropoutKey, ids: batch.ids + first)
            withoutDenormals {
                networks[member].forward(pass)
                scores[part] = body(member, pass, batch.labels + first)
            }
        }
        // In order, so that the sum does not depend on which worker was first.
        return scores[0..<parts].reduce(Score(), +)
    }
}

extension Batch {
    /// Calls `body` with the batch's memory.
    func withInput<R>(_ body: (BatchInput) throws -> R) rethrows -> R? {
        guard let pixels = floats.baseAddress, let labels = labels.baseAddress, let ids = ids.baseAddress
        else { return nil }
        return try body(BatchInput(pixels: pixels, labels: labels, ids: ids, count: count))
    }
}
