// Estimates the memory of training and evaluating: what is too large should fail with a message, not be killed.

internal import Foundation
internal import Loader

extension Architecture {
    /// Estimated bytes of weights, gradients and activations while training, rather too many than too few. In `Double`,
    /// which does not overflow.
    func trainingBytes(_ recipe: Recipe, batch: Int, workers: Int) -> Double {
        let averages: Double = recipe.averaging > 0 ? 1 : 0
        let moments = Double(recipe.optimizer.moments)
        // Weights and their gradient.
        let kept = Double(bufferCount) * (2 + moments + averages) + packedFloats * (1 + averages)
        // While a checkpoint is written: as arrays, and as the file's bytes.
        let saved = Double(bufferCount) * 2 * (1 + moments + averages)
        let activations =
            floats(batch: batch, microBatch: min(recipe.microBatch, batch), workers: workers)
            + evaluationFloats(recipe, workers)
        return (kept + saved + activations) * Double(MemoryLayout<Float>.size)
    }

    /// Two copies of the weights in the order in which they are used. Winograd's convolutions have up to four times as
    /// many of them, for kernels of 3x3 and 4x4.
    private var packedFloats: Double {
        let small = layers.filter { [[3, 3], [4, 4]].contains($0.parameters.first?.shape.suffix(2)) }
        return 2 * Double(bufferCount) + small.reduce(0) { $0 + 6 * Double($1.parameterCount) }
    }

    private func evaluationFloats(_ recipe: Recipe, _ workers: Int) -> Double {
        floats(batch: Evaluator.batch(of: recipe), microBatch: recipe.microBatch, workers: workers)
    }

    /// Floats of the activations and gradients of a team's networks, and of the batches that a loader holds.
    private func floats(batch: Int, microBatch: Int, workers: Int) -> Double {
        let parts = (batch + microBatch - 1) / microBatch
        let (whole, networks) = (Double(microBatch * parts), Double(microBatch * min(workers, parts)))
        var floats = (1 + Double(LoaderOptions().prefetch)) * whole * Double(input.byteCount)
        for layer in layers {
            let (input, output) = (Double(layer.input.count), Double(layer.output.count))
            switch layer.specification {
            case .convolution(_, let kernel, let padding):
                floats += networks * (2 * output + Self.paddedFloats(layer, kernel, padding))
                floats += Double(parts) * 16 * Double((layer.parameterCount + 15) / 16)
            case .batchNormalization, .maxPool: floats += 2 * networks * output
            // For the whole batch, because the weight gradient is computed over it.
            case .linear: floats += whole * (input + 2 * output)
            case .relu, .dropout, .flatten, .softmax: break
            }
        }
        return floats
    }

    /// Floats of one image that a convolution copies with a border: its input, and its output's gradient.
    private static func paddedFloats(_ layer: PlacedLayer, _ kernel: Int, _ padding: Padding) -> Double {
        func padded(_ shape: FeatureShape, _ border: Int, _ channels: Int) -> Double {
            Double(shape.height + border) * Double(shape.width + border) * Double(channels)
        }
        let (before, after) = padding.amounts(kernel: kernel)
        return (before + after > 0 ? padded(layer.input, before + after, layer.input.channels) : 0)
            + padded(layer.output, 2 * (kernel - 1) - before - after, (layer.output.channels + 15) / 16 * 16)
    }

    /// - Throws: `TrainingError` if this machine has less memory than the training needs
    func requireMemory(for recipe: Recipe, batch: Int, workers: Int) throws(TrainingError) {
        try Self.require(trainingBytes(recipe, batch: batch, workers: workers), recipe, isTraining: true)
    }

    /// - Throws: `TrainingError` if this machine has less memory than a model needs that is only evaluated
    func requireMemory(evaluating recipe: Recipe, workers: Int) throws(TrainingError) {
        let floats = Double(bufferCount) + packedFloats + evaluationFloats(recipe, workers)
        try Self.require(floats * Double(MemoryLayout<Float>.size), recipe, isTraining: false)
    }

    private static func require(_ bytes: Double, _ recipe: Recipe, isTraining: Bool) throws(TrainingError) {
        let available = Int(clamping: ProcessInfo.processInfo.physicalMemory)
        guard bytes <= Double(available) else {
            throw .tooLarge(
                recipe: recipe.name, isTraining: isTraining,
                gigabytes: Int(min(bytes / Double(1 << 30), 1e15)) + 1,
                available: available >> 30)
        }
    }
}
