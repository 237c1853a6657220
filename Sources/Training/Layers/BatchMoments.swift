// The mean and variance of a micro-batch.

internal import CTensor

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
