// Estimates the memory of training and evaluating: what is too large should fail with a message, not be killed.

internal import Foundation

extension Architecture {
    /// Estimated bytes of weights, gradients and activations while training, rather too many than too few.
    func trainingBytes(_ recipe: Recipe, batch: Int, workers: Int) -> Int {
        let averages = recipe.averaging > 0 ? 1 : 0
        // Weights and their gradient.
        let kept = bufferCount * (2 + recipe.optimizer.moments + averages) + packedFloats * (1 + averages)
        // While a checkpoint is written: as arrays, and as the file's bytes.
        let saved = bufferCount * 2 * (1 + recipe.optimizer.moments + averages)
        let activations =
            floats(batch: batch, microBatch: min(recipe.microBatch, batch), workers: workers)
            + evaluationFloats(recipe, workers)
        return (kept + saved + activations) * MemoryLayout<Float>.size
    }

    /// Two copies of the weights in the order in which they are used. Winograd's convolutions have up to four times as
    /// many of them, for kernels of 3x3 and 4x4.
    private var packedFloats: Int {
        let small = layers.filter { [[3, 3], [4, 4]].contains($0.parameters.first?.shape.suffix(2)) }
        return 2 * bufferCount + 6 * small.reduce(0) { $0 + $1.parameterCount }
    }

    private func evaluationFloats(_ recipe: Recipe, _ workers: Int) -> Int {
        floats(batch: Evaluator.batch(of: recipe), microBatch: recipe.microBatch, workers: workers)
    }

    /// Floats of the activations and gradients of a team's networks.
    private func floats(batch: Int, microBatch: Int, workers: Int) -> Int {
        let parts = (batch + microBatch - 1) / microBatch
        let networks = min(workers, parts)
        var floats = microBatch * parts * input.byteCount
        for layer in layers {
            switch layer.specification {
            case .convolution:
                floats += 2 * microBatch * networks * layer.output.count + parts * layer.parameterCount
            case .batchNormalization, .maxPool: floats += 2 * microBatch * networks * layer.output.count
            // For the whole batch, because the weight gradient is computed over it.
            case .linear: floats += microBatch * parts * (layer.input.count + 2 * layer.output.count)
            case .relu, .dropout, .flatten, .softmax: break
            }
        }
        return floats
    }

    /// - Throws: `TrainingError` if this machine has less memory than the training needs
    func requireMemory(for recipe: Recipe, batch: Int, workers: Int) throws(TrainingError) {
        try Self.require(trainingBytes(recipe, batch: batch, workers: workers), "training", recipe)
    }

    /// - Throws: `TrainingError` if this machine has less memory than a model needs that is only evaluated
    func requireMemory(evaluating recipe: Recipe, workers: Int) throws(TrainingError) {
        let floats = bufferCount + packedFloats + evaluationFloats(recipe, workers)
        try Self.require(floats * MemoryLayout<Float>.size, "evaluating", recipe)
    }

    private static func require(_ bytes: Int, _ task: String, _ recipe: Recipe) throws(TrainingError) {
        let available = Int(clamping: ProcessInfo.processInfo.physicalMemory)
        guard bytes <= available else {
            throw .tooLarge(
                recipe: recipe.name, task: task, gigabytes: bytes >> 30 + 1, available: available >> 30)
        }
    }
}
