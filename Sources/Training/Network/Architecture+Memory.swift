// How much memory a training takes: a recipe that asks for more than there is should be told so, not killed.

internal import Foundation

extension Architecture {
    /// Bytes of weights, gradients and activations while training, within a few percent.
    func trainingBytes(_ recipe: Recipe, batch: Int, workers: Int) -> Int {
        let microBatch = min(recipe.microBatch, batch)
        let parts = (batch + microBatch - 1) / microBatch
        let networks = min(workers, parts)
        // Weights and gradient, twice packed, the optimizer's moments, the average.
        let copies = 4 + recipe.optimizer.moments + (recipe.averaging > 0 ? 1 : 0)
        var floats = bufferCount * copies + microBatch * parts * input.area
        for layer in layers {
            // Values and gradients, of the whole batch around linear layers.
            let isWhole = if case .linear = layer.specification { true } else { false }
            if isWhole { floats += microBatch * parts * (layer.input.count + layer.output.count) }
            floats += 2 * microBatch * networks * layer.output.count
            if case .convolution = layer.specification { floats += parts * layer.parameterCount }
        }
        return floats * MemoryLayout<Float>.size
    }

    /// - Throws: when this machine has less memory than a training takes
    func requireMemory(for recipe: Recipe, batch: Int, workers: Int) throws(TrainingError) {
        let needed = trainingBytes(recipe, batch: batch, workers: workers)
        let available = Int(clamping: ProcessInfo.processInfo.physicalMemory)
        guard needed <= available else {
            throw .tooLarge(recipe: recipe.name, gigabytes: needed >> 30, available: available >> 30)
        }
    }
}
