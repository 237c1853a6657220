// Batch normalization over a micro-batch.

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

/// The first layer of a batch normalization: measures mean and variance of the micro-batch, and changes no value. Backward it
/// is the last, which knows the gradients of all images.
final class BatchMoments: Layer {
    private let statistics: BatchStatistics
    private let wiring: Wiring
    private let target: PaddedImages

    /// - Parameter target: how the input gradient is padded
    init(_ statistics: BatchStatistics, wiring: Wiring, target: PaddedImages) {
        self.statistics = statistics
        self.wiring = wiring
        self.target = target
    }

    func forward(_ pass: Pass) {
        guard pass.isTraining else { return }
        if pass.images.first == 0 { statistics.clearSums() }
        tensor_add_moments(
            &statistics.sums, wiring.input.at(pass.images), origin(pass.images),
            pass.count * statistics.pixels)
    }

    func backward(_ pass: Pass) {
        guard let parts = pass.gradients?.normalization(statistics.index) else { return }
        let part = pass.images.part
        if pass.images.first == 0 {
            tensor_slopes(
                &statistics.sums, statistics.inverseDeviation.base, parts.weight(part), parts.bias(part))
        }
        guard let inputGradient = wiring.inputGradient else { return }
        var normalization = statistics.normalization(parts.mean(part))
        target.write(pass.images, to: inputGradient) { padding, padded in
            tensor_normalize_backward(
                &normalization, wiring.input.at(pass.images), wiring.outputGradient.at(pass.images),
                statistics.sums.pixels, pass.weights.values + statistics.weight.offset,
                parts.weight(part), parts.bias(part), &padding, padded)
        }
    }

    /// Mean and variance of the micro-batch, after all of its images.
    func finish(
        _ images: Images, _ mean: UnsafeMutablePointer<Float>, _ variance: UnsafeMutablePointer<Float>
    ) {
        tensor_moments(&statistics.sums, origin(images), mean, variance)
    }

    private func origin(_ images: Images) -> UnsafePointer<Float> {
        UnsafePointer(wiring.input.at(Images(part: images.part, count: 1)))
    }
}

/// The second layer: normalizes each channel by mean and variance, those of the micro-batch when training and the running
/// ones otherwise; then scales, shifts, and applies the ReLU that may follow.
final class BatchNormalization: Layer {
    private let statistics: BatchStatistics
    private let moments: BatchMoments
    private let wiring: Wiring
    private let rectifies: Bool

    init(_ statistics: BatchStatistics, after moments: BatchMoments, rectifies: Bool, wiring: Wiring) {
        self.statistics = statistics
        self.moments = moments
        self.rectifies = rectifies
        self.wiring = wiring
    }

    func forward(_ pass: Pass) {
        let values = pass.weights.values
        let parts = pass.gradients?.normalization(statistics.index)
        if pass.images.first == 0 {
            if let parts {
                moments.finish(
                    pass.images, parts.mean(pass.images.part), parts.variance(pass.images.part))
            }
            setScale(
                parts.map { UnsafePointer($0.variance(pass.images.part)) }
                    ?? values + statistics.runningVariance.offset, values)
        }
        let mean = parts.map { UnsafePointer($0.mean(pass.images.part)) }
        var normalization = statistics.normalization(mean ?? values + statistics.runningMean.offset)
        tensor_normalize(
            &normalization, wiring.input.at(pass.images), pass.count * statistics.pixels,
            statistics.scale.base, values + statistics.bias.offset, rectifies ? 1 : 0,
            wiring.output.at(pass.images))
    }

    private func setScale(_ variance: UnsafePointer<Float>, _ values: UnsafePointer<Float>) {
        let (inverseDeviation, scale) = (statistics.inverseDeviation.base, statistics.scale.base)
        for channel in 0..<statistics.channels {
            inverseDeviation[channel] = 1 / (variance[channel] + BatchStatistics.epsilon).squareRoot()
            scale[channel] = inverseDeviation[channel] * values[statistics.weight.offset + channel]
        }
    }

    func backward(_ pass: Pass) {
        guard let parts = pass.gradients?.normalization(statistics.index) else { return }
        if pass.images.first == 0 { statistics.clearSums() }
        tensor_add_slopes(
            &statistics.sums, wiring.input.at(pass.images), parts.mean(pass.images.part),
            rectifies ? wiring.output.at(pass.images) : nil, wiring.outputGradient.at(pass.images),
            pass.count * statistics.pixels)
    }
}
