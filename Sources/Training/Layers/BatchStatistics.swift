// What a batch normalization knows about a micro-batch.

internal import CTensor

/// What the two layers of a batch normalization share.
///
/// Normalizing micro-batches ("ghost batches", Hoffer et al. 2017) makes results independent of the number of workers.
final class BatchStatistics {
    /// Added to variances; PyTorch's default.
    static let epsilon: Float = 1e-5
    /// The share of a new batch in the running mean and variance; PyTorch's default.
    static let momentum: Float = 0.1

    let weight, bias, runningMean, runningVariance: Parameter
    /// The layer's place in the architecture.
    let index: Int
    /// Pixels of an image.
    let pixels: Int
    let channels: Int
    /// 1/√(variance + ε), and its product with the weight.
    let inverseDeviation, scale: FloatBuffer
    private let runs: FloatBuffer
    private let totals: UnsafeMutableBufferPointer<Double>
    /// Sums over the images that a pass has come to.
    var sums: tensor_channel_sums

    init(_ layer: PlacedLayer, index: Int) {
        weight = layer.parameters[0]
        bias = layer.parameters[1]
        runningMean = layer.parameters[2]
        runningVariance = layer.parameters[3]
        self.index = index
        pixels = layer.input.height * layer.input.width
        channels = layer.input.channels
        inverseDeviation = FloatBuffer(channels)
        scale = FloatBuffer(channels)
        let count = 2 * ((channels + 15) / 16 * 16)
        runs = FloatBuffer(count)
        totals = .allocate(capacity: count)
        totals.initialize(repeating: 0)
        sums = tensor_channel_sums(channels: channels, pixels: 0, runs: runs.base, totals: totals.baseAddress)
    }

    deinit { totals.deallocate() }

    func clearSums() {
        sums.pixels = 0
        runs.values.update(repeating: 0)
        totals.update(repeating: 0)
    }

    func normalization(_ mean: UnsafePointer<Float>) -> tensor_normalization {
        tensor_normalization(channels: channels, mean: mean, inverse_deviation: inverseDeviation.base)
    }
}
