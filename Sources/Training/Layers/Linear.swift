// A linear layer, fused with the ReLU that may follow.

internal import CTensor

/// y = x Wᵀ + b. The weight gradient is computed over the whole batch, by `UpdatePlan`.
final class Linear: PackedWeights {
    private let index: Int
    private let wiring: Wiring
    private let inputs, outputs: Int
    private let rectifies: Bool
    private let weights: tensor_weights_shape

    init(_ layer: PlacedLayer, index: Int, rectifies: Bool, wiring: Wiring) {
        self.index = index
        self.wiring = wiring
        inputs = layer.input.count
        outputs = layer.output.count
        self.rectifies = rectifies
        weights = tensor_weights_shape(
            filters: Int32(outputs), channels: Int32(inputs), kernel: 1, padded_filters: Int32(outputs))
    }

    var forwardCount: Int { (outputs + 15) / 16 * 16 * inputs }

    var backwardCount: Int { wiring.inputGradient == nil ? 0 : (inputs + 15) / 16 * 16 * outputs }

    func pack(_ weights: UnsafePointer<Float>, forward: FloatBuffer, backward: FloatBuffer) {
        pack(0..<outputs, of: weights, forward: forward, backward: backward)
    }

    /// Packs the weights of some outputs, the first a multiple of 16.
    func pack(
        _ rows: Range<Int>, of weights: UnsafePointer<Float>, forward: FloatBuffer, backward: FloatBuffer
    ) {
        var part = self.weights
        part.filters = Int32(rows.count)
        let start = rows.lowerBound * inputs
        tensor_pack_weights(part, weights + start, forward + start)
        guard wiring.inputGradient != nil else { return }
        tensor_pack_turned(
            self.weights, Int32(rows.lowerBound), Int32(rows.upperBound), weights, backward.base)
    }

    func forward(_ pass: Pass) {
        let weights = pass.weights.packed(index)
        tensor_linear(
            pass.count, inputs, outputs, wiring.input.at(pass.images), weights.forward.base, weights.bias,
            wiring.output.at(pass.images), rectifies ? 1 : 0)
    }

    func backward(_ pass: Pass) {
        let gradient = wiring.outputGradient.at(pass.images)
        if rectifies { tensor_relu_backward(wiring.output.at(pass.images), gradient, pass.count * outputs) }
        guard let inputGradient = wiring.inputGradient else { return }
        tensor_linear(
            pass.count, outputs, inputs, gradient, pass.weights.packed(index).backward.base, nil,
            inputGradient.at(pass.images), 0)
    }
}
