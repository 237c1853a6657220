// ReLU as a layer of its own, where it could not be fused with another layer.

internal import CTensor

/// max(0, x), in place.
final class ReLU: Layer {
    private let values, gradient: Activation
    /// Values per sample.
    private let count: Int

    init(values: Activation, gradient: Activation, count: Int) {
        self.values = values
        self.gradient = gradient
        self.count = count
    }

    func forward(_ pass: Pass) { tensor_relu(values.at(pass.images), pass.count * count) }

    func backward(_ pass: Pass) {
        tensor_relu_backward(values.at(pass.images), gradient.at(pass.images), pass.count * count)
    }
}
