// Convolution by oneDNN, with ReLU fused into the forward pass where one follows.

internal import CConvolution
internal import CTensor

/// A convolution of one micro-batch.
final class Convolution: PackedWeights {
    private let handle: OpaquePointer
    private let index: Int
    private let wiring: Wiring
    private let outputCount: Int
    private let rectifies: Bool

    /// - Parameters:
    ///   - index: the layer's place in the architecture
    ///   - rectifies: whether ReLU follows
    init(_ layer: PlacedLayer, index: Int, microBatch: Int, rectifies: Bool, wiring: Wiring)
        throws(TrainingError)
    {
        guard case .convolution(let filters, let kernel, let padding) = layer.specification else {
            preconditionFailure("not a convolution")
        }
        let (before, after) = padding.amounts(kernel: kernel)
        var shape = convolution_shape(
            batch: Int32(microBatch), in_channels: Int32(layer.input.channels),
            in_height: Int32(layer.input.height), in_width: Int32(layer.input.width),
            out_channels: Int32(filters), kernel_height: Int32(kernel), kernel_width: Int32(kernel),
            pad_top: Int32(before), pad_left: Int32(before), pad_bottom: Int32(after),
            pad_right: Int32(after))
        var handle: OpaquePointer?
        let status = convolution_create(
            &shape, rectifies ? 1 : 0, wiring.inputGradient == nil ? 0 : 1, &handle)
        guard status == 0, let handle else {
            throw .library(what: "creating a convolution of \(layer.input)", status: Int(status))
        }
        self.handle = handle
        self.index = index
        self.wiring = wiring
        outputCount = microBatch * layer.output.count
        self.rectifies = rectifies
    }

    deinit { convolution_destroy(handle) }

    func packedCount(_ order: WeightOrder) -> Int {
        (convolution_packed_bytes(handle, convolution_order(order.rawValue)) + 3) / 4
    }

    func pack(_ weights: UnsafePointer<Float>, forward: FloatBuffer, backward: FloatBuffer) {
        check(convolution_pack(handle, convolution_for_forward, weights, forward.base))
        guard wiring.inputGradient != nil else { return }
        check(convolution_pack(handle, convolution_for_input_gradient, weights, backward.base))
    }

    func unpack(_ packed: FloatBuffer, to gradient: UnsafeMutablePointer<Float>) {
        check(convolution_unpack_gradient(handle, packed.base, gradient))
    }

    func forward(_ pass: Pass) {
        let weights = pass.weights.convolution(index)
        check(
            convolution_forward(
                handle, wiring.input.at(pass.part), weights.forward.base, weights.bias,
                wiring.output.at(pass.part)))
    }

    func backward(_ pass: Pass) {
        guard let gradients = pass.gradients?.convolution(index) else { return }
        let gradient = wiring.outputGradient.at(pass.part)
        if rectifies { tensor_relu_backward(wiring.output.at(pass.part), gradient, outputCount) }
        check(
            convolution_backward_weights(
                handle, wiring.input.at(pass.part), gradient, gradients.weight(pass.part),
                gradients.bias(pass.part)))
        guard let inputGradient = wiring.inputGradient else { return }
        check(
            convolution_backward_input(
                handle, gradient, pass.weights.convolution(index).backward.base, inputGradient.at(pass.part)))
    }

    /// A primitive that could be created cannot fail later, unless it is called wrongly.
    private func check(_ status: Int32) { precondition(status == 0, "oneDNN status \(status)") }
}
