// Dropout. Masks are drawn per sample and epoch, so they do not depend on the thread.

internal import CTensor

/// Zeroes a share of the values when training and scales the rest by 1/(1 - share); in place.
///
/// Working in place is safe: an earlier layer only needs to know which of its outputs are positive, and where dropout
/// hides that, the gradient is already zero.
final class Dropout: Layer {
    private let values, gradient: Activation
    /// Values per sample.
    private let count: Int
    private let index: Int
    private let threshold: UInt32
    private let scale: Float
    private let mask: UnsafeMutablePointer<UInt8>

    init(
        share: Double, count: Int, index: Int, microBatch: Int, values: Activation, gradient: Activation
    ) {
        self.values = values
        self.gradient = gradient
        self.count = count
        self.index = index
        threshold = UInt32((share * 65536).rounded())
        scale = Float(1 / (1 - share))
        mask = .allocate(capacity: microBatch * count)
        mask.initialize(repeating: 0, count: microBatch * count)
    }

    deinit { mask.deallocate() }

    func forward(_ pass: Pass) {
        guard pass.isTraining else { return }
        for row in pass.images.first..<pass.images.first + pass.count {
            // Ids have 32 bits; the layer's index above them gives each layer its own numbers.
            let sample = UInt64(pass.ids[row]) | UInt64(index) << 32
            tensor_dropout_mask(pass.dropoutKey, sample, threshold, mask + row * count, count)
        }
        apply(values, pass.images)
    }

    func backward(_ pass: Pass) { apply(gradient, pass.images) }

    private func apply(_ x: Activation, _ images: Images) {
        tensor_apply_mask(x.at(images), mask + images.first * count, scale, images.count * count)
    }
}
