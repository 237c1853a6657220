// Dropout, drawn per sample and epoch, so that it does not depend on who computes it.

internal import CTensor

/// Zeroes a share of the values when training and scales the rest by 1/(1 - share); in place.
///
/// In place is safe: what a layer before keeps of its output is which values are positive, and the gradients
/// of zeroed values are zero here already.
final class Dropout: Layer {
    private let values, gradient: Activation
    /// Values of a sample.
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
        for row in 0..<pass.count {
            // Each layer its own numbers; ids have 32 bits.
            let sample = UInt64(pass.ids[row]) | UInt64(index) << 32
            tensor_dropout_mask(pass.dropoutKey, sample, threshold, mask + row * count, count)
        }
        apply(values.at(pass.part), pass.count)
    }

    func backward(_ pass: Pass) { apply(gradient.at(pass.part), pass.count) }

    private func apply(_ x: UnsafeMutablePointer<Float>, _ rows: Int) {
        tensor_apply_mask(x, mask, scale, rows * count)
    }
}
