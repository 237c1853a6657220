// Batch normalization over a micro-batch.

internal import CTensor

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
