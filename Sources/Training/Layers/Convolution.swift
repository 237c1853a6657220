// Convolution of a micro-batch, fused with the ReLU that may follow.

internal import CTensor

/// A convolution of stride 1. Its C loops read padded images, so an input with padding is copied first. The output
/// gradient is always copied: with ReLU's mask applied, and with the border that the input gradient needs.
///
/// Each of its three passes takes the direct loops, or Winograd's where its shape makes that faster.
final class Convolution: ConvolutionLayer {
    private let index: Int
    private let wiring: Wiring
    private let rectifies: Bool
    private let input, gradientInput: PaddedImages
    private let forwardShape, backwardShape: tensor_convolution_shape
    private let weights: tensor_weights_shape
    /// Whether each pass is Winograd's. Shapes alone decide, so that results are the same on every machine.
    private let transformsForward, transformsBackward, transformsWeights: Bool
    /// Memory of Winograd's passes, one after the other.
    private let scratch: FloatBuffer
    /// Floats before the first pixel inside the border of the padded output gradient.
    private let gradientStart: Int

    /// - Parameters:
    ///   - index: the layer's place in the architecture
    ///   - rectifies: whether ReLU follows
    init(_ layer: PlacedLayer, index: Int, microBatch: Int, rectifies: Bool, wiring: Wiring) {
        guard case .convolution(let filters, let kernel, let padding) = layer.specification else {
            preconditionFailure("not a convolution")
        }
        self.index = index
        self.wiring = wiring
        self.rectifies = rectifies
        let (before, after) = padding.amounts(kernel: kernel)
        input = PaddedImages(layer.input, before, after, microBatch: microBatch)
        // The input gradient is a convolution with the rotated kernel, whose padding is kernel - 1 minus this one.
        let hasInputGradient = wiring.inputGradient != nil
        let (gradientBefore, gradientAfter) =
            hasInputGradient ? (kernel - 1 - before, kernel - 1 - after) : (0, 0)
        let gradient = PaddedImages(
            layer.output, gradientBefore, gradientAfter, channelsAreMultiplesOf: 16, microBatch: microBatch)
        gradientInput = gradient
        forwardShape = tensor_convolution_shape(
            input, kernel: kernel, output: layer.output, gradient: gradient)
        backwardShape = tensor_convolution_shape(gradient, kernel: kernel, output: layer.input, gradient: nil)
        weights = tensor_weights_shape(
            filters: Int32(filters), channels: Int32(layer.input.channels), kernel: Int32(kernel),
            padded_filters: Int32(gradient.channels))
        gradientStart = gradientBefore * (gradient.width + 1) * gradient.channels
        var (forward, backward) = (forwardShape, backwardShape)
        forward.batch = Int32(microBatch)
        transformsForward = tensor_winograd_wins(&forward) != 0
        transformsWeights = tensor_winograd_weights_wins(&forward) != 0
        transformsBackward = hasInputGradient && tensor_winograd_wins(&backward) != 0
        scratch = FloatBuffer(
            max(
                transformsForward ? tensor_winograd_scratch(&forward) : 0,
                transformsWeights ? tensor_winograd_weights_scratch(&forward) : 0,
                transformsBackward ? tensor_winograd_scratch(&backward) : 0))
    }

    var forwardCount: Int {
        transformsForward ? tensor_winograd_packed(weights.channels, weights.filters) : gradientCount
    }

    var backwardCount: Int {
        guard wiring.inputGradient != nil else { return 0 }
        if transformsBackward { return tensor_winograd_packed(weights.padded_filters, weights.channels) }
        let channels = (Int(weights.channels) + 15) / 16 * 16
        return channels * Int(weights.kernel * weights.kernel * weights.padded_filters)
    }

    var gradientCount: Int {
        gradientInput.channels * Int(weights.kernel * weights.kernel * weights.channels)
    }

    func pack(_ weights: UnsafePointer<Float>, forward: FloatBuffer, backward: FloatBuffer) {
        if transformsForward {
            tensor_winograd_pack(self.weights, weights, forward.base)
        } else {
            tensor_pack_weights(self.weights, weights, forward.base)
        }
        guard wiring.inputGradient != nil else { return }
        if transformsBackward {
            tensor_winograd_pack_turned(self.weights, weights, backward.base)
        } else {
            tensor_pack_turned(self.weights, 0, self.weights.filters, weights, backward.base)
        }
    }

    func unpack(_ packed: FloatBuffer, to gradient: UnsafeMutablePointer<Float>) {
        tensor_unpack_weights(weights, packed.base, gradient)
    }

    func forward(_ pass: Pass) {
        forward(pass.weights.packed(index), part: pass.part, count: pass.count)
    }

    func backward(_ pass: Pass) {
        guard let gradients = pass.gradients?.convolution(index) else { return }
        backward(
            pass.weights.packed(index), part: pass.part, count: pass.count,
            weightGradient: gradients.weight(pass.part), biasGradient: gradients.bias(pass.part))
    }

    /// - Parameter count: number of images in the micro-batch `part`
    func forward(_ weights: PackedLayer, part: Int, count: Int) {
        convolve(
            forwardShape, transformsForward, count, input.padded(wiring.input.at(part), count),
            weights.forward,
            bias: weights.bias, to: wiring.output.at(part), rectifies: rectifies)
    }

    /// The convolution of `count` padded images with packed weights.
    private func convolve(
        _ shape: tensor_convolution_shape, _ transforms: Bool, _ count: Int, _ images: UnsafePointer<Float>,
        _ weights: FloatBuffer, bias: UnsafePointer<Float>?, to output: UnsafeMutablePointer<Float>,
        rectifies: Bool
    ) {
        var shape = shape
        shape.batch = Int32(count)
        if transforms {
            tensor_winograd(
                &shape, images, weights.base, bias, output, rectifies ? 1 : 0, scratch.base)
        } else {
            tensor_convolution(&shape, images, weights.base, bias, output, rectifies ? 1 : 0)
        }
    }

    /// - Parameters:
    ///   - weightGradient: receives `gradientCount` floats
    ///   - biasGradient: receives as many floats as there are filters, rounded up to a multiple of 16
    func backward(
        _ weights: PackedLayer, part: Int, count: Int, weightGradient: UnsafeMutablePointer<Float>,
        biasGradient: UnsafeMutablePointer<Float>
    ) {
        let gradient = gradientInput.padded(
            wiring.outputGradient.at(part), count, mask: rectifies ? wiring.output.at(part) : nil)
        var shape = forwardShape
        shape.batch = Int32(count)
        let images = input.padded(wiring.input.at(part), count)
        if transformsWeights {
            tensor_winograd_weights(
                &shape, images, gradient + gradientStart, weightGradient, scratch.base)
        } else {
            tensor_convolution_weights(&shape, images, gradient + gradientStart, weightGradient)
        }
        tensor_column_sums(
            gradient, count * gradientInput.height * gradientInput.width, gradientInput.channels, biasGradient
        )
        guard let inputGradient = wiring.inputGradient else { return }
        convolve(
            backwardShape, transformsBackward, count, gradient, weights.backward, bias: nil,
            to: inputGradient.at(part), rectifies: false)
    }
}

extension tensor_convolution_shape {
    /// - Parameter gradient: the padded output gradient, if the weight gradient is computed
    fileprivate init(_ input: PaddedImages, kernel: Int, output: FeatureShape, gradient: PaddedImages?) {
        self.init(
            batch: 0, padded_height: Int32(input.height), padded_width: Int32(input.width),
            channels: Int32(input.channels), top: Int32(input.top), bottom: Int32(input.bottom),
            kernel: Int32(kernel), rows: Int32(output.height),
            columns: Int32(output.width), filters: Int32(output.channels),
            gradient_height: Int32(gradient?.height ?? 0), gradient_width: Int32(gradient?.width ?? 0),
            gradient_channels: Int32(gradient?.channels ?? 0))
    }
}
