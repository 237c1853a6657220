// Batch normalization over a micro-batch.

internal import CTensor

/// Normalizes each channel by mean and variance, those of the micro-batch when training and the running ones
/// otherwise; then scales, shifts, and applies the ReLU that may follow.
///
/// Normalizing micro-batches ("ghost batches", Hoffer et al. 2017) makes results independent of the number of workers.
final class BatchNormalization: Layer {
    /// Added to variances; PyTorch's default.
    static let epsilon: Float = 1e-5
    /// The share of a new batch in the running mean and variance; PyTorch's default.
    static let momentum: Float = 0.1

    private let weight, bias, runningMean, runningVariance: Parameter
    private let index: Int
    private let wiring: Wiring
    private let pixels, channels, microBatch: Int
    private let rectifies: Bool
    /// 1/√(variance + ε), and its product with the weight.
    private let inverseDeviation, scale: FloatBuffer

    init(_ layer: PlacedLayer, index: Int, microBatch: Int, rectifies: Bool, wiring: Wiring) {
        weight = layer.parameters[0]
        bias = layer.parameters[1]
        runningMean = layer.parameters[2]
        runningVariance = layer.parameters[3]
        self.index = index
        self.wiring = wiring
        pixels = layer.input.height * layer.input.width
        channels = layer.input.channels
        self.microBatch = microBatch
        self.rectifies = rectifies
        inverseDeviation = FloatBuffer(channels)
        scale = FloatBuffer(channels)
    }

    func forward(_ pass: Pass) {
        let (x, y) = (wiring.input.at(pass.part), wiring.output.at(pass.part))
        let values = pass.weights.values
        var mean = UnsafeMutablePointer(mutating: values + runningMean.offset)
        var variance = UnsafeMutablePointer(mutating: values + runningVariance.offset)
        if let parts = pass.gradients?.normalization(index) {
            (mean, variance) = (parts.mean(pass.part), parts.variance(pass.part))
            tensor_channel_moments(x, pass.count * pixels, channels, mean, variance)
        }
        for channel in 0..<channels {
            inverseDeviation.base[channel] = 1 / (variance[channel] + Self.epsilon).squareRoot()
            scale.base[channel] = inverseDeviation.base[channel] * values[weight.offset + channel]
        }
        tensor_normalize(
            x, pass.count * pixels, channels, mean, scale.base, values + bias.offset, rectifies ? 1 : 0, y)
    }

    func backward(_ pass: Pass) {
        guard let parts = pass.gradients?.normalization(index) else { return }
        let gradient = wiring.outputGradient.at(pass.part)
        let count = pass.count * pixels
        if rectifies { tensor_relu_backward(wiring.output.at(pass.part), gradient, count * channels) }
        let inputGradient = wiring.inputGradient?.at(pass.part)
        tensor_normalize_backward(
            wiring.input.at(pass.part), gradient, count, channels, parts.mean(pass.part),
            inverseDeviation.base, pass.weights.values + weight.offset, parts.weight(pass.part),
            parts.bias(pass.part), inputGradient)
        // Rows without a sample must not add to the gradients of the layers before.
        if let inputGradient, pass.count < microBatch {
            (inputGradient + count * channels).update(
                repeating: 0, count: (microBatch * pixels * channels) - count * channels)
        }
    }
}
