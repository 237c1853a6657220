// Estimates the memory of a training: one that is too large should fail with a message, not be killed.

internal import Foundation

extension Architecture {
    /// Estimated bytes of weights, gradients and activations while training, rather too many than too few.
    func trainingBytes(_ recipe: Recipe, batch: Int, workers: Int) -> Int {
        let averages = recipe.averaging > 0 ? 1 : 0
        // Weights, their gradient and two packed copies; the average has packed copies too.
        // Those of 3x3 kernels are up to four times as large, for Winograd's convolutions.
        let small = layers.filter { $0.parameters.first?.shape.suffix(2) == [3, 3] }
        let transformed = 6 * small.reduce(0) { $0 + $1.parameterCount } * (1 + averages)
        let kept = bufferCount * (4 + recipe.optimizer.moments + 3 * averages) + transformed
        // While a checkpoint is written: as arrays, and as the file's bytes.
        let saved = bufferCount * 2 * (1 + recipe.optimizer.moments + averages)
        let evaluated = max(256 / recipe.microBatch, 1) * recipe.microBatch
        let activations =
            floats(batch: batch, microBatch: min(recipe.microBatch, batch), workers: workers)
            + floats(batch: evaluated, microBatch: recipe.microBatch, workers: workers)
        return (kept + saved + activations) * MemoryLayout<Float>.size
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
        let needed = trainingBytes(recipe, batch: batch, workers: workers)
        let available = Int(clamping: ProcessInfo.processInfo.physicalMemory)
        guard needed <= available else {
            throw .tooLarge(recipe: recipe.name, gigabytes: needed >> 30 + 1, available: available >> 30)
        }
    }
}
