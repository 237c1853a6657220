// Convolution of a micro-batch, fused with the ReLU that may follow.

internal import CTensor

/// A convolution of stride 1. Its C loops read padded images, so an input with padding is copied first. The output
/// gradient is copied too, with ReLU's mask applied and with the border that the input gradient needs, unless a batch
/// normalization has written it so.
///
/// Each of its three passes takes the direct loops, or Winograd's where its shape makes that faster.
final class Convolution: ConvolutionLayer {
    private let index: Int
    private let wiring: Wiring
    private let rectifies: Bool
    private let input: PaddedImages
    /// The output gradient.
    let gradientInput: PaddedImages
    private let isGradientPadded: Bool
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
    ///   - isGradientPadded: whether `gradientInput` holds the output gradient before the backward pass
    init(
        _ layer: PlacedLayer, index: Int, microBatch: Int, rectifies: Bool, isGradientPadded: Bool = false,
        wiring: Wiring
    ) {
        guard case .convolution(let filters, let kernel, let padding) = layer.specification else {
            preconditionFailure("not a convolution")
        }
        self.index = index
        self.wiring = wiring
        self.rectifies = rectifies
        self.isGradientPadded = isGradientPadded
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

    func forward(_ pass: Pass) { forward(pass.weights.packed(index), pass.images) }

    func backward(_ pass: Pass) {
        guard let gradients = pass.gradients?.convolution(index) else { return }
        backward(pass.weights.packed(index), pass.images, biasGradient: gradients.bias(pass.images.part))
    }

    func backwardWeights(_ pass: Pass) {
        guard let gradients = pass.gradients?.convolution(index) else { return }
        backwardWeights(pass.images, weightGradient: gradients.weight(pass.images.part))
    }

    func forward(_ weights: PackedLayer, _ images: Images) {
        convolve(
            forwardShape, transformsForward, images.count, input.pad(images, of: wiring.input),
            weights.forward, bias: weights.bias, to: wiring.output.at(images), rectifies: rectifies)
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

    /// - Parameter biasGradient: receives as many floats as there are filters, rounded up to a multiple of 16; images after
    ///   the micro-batch's first are added
    func backward(_ weights: PackedLayer, _ images: Images, biasGradient: UnsafeMutablePointer<Float>) {
        let gradient =
            isGradientPadded
            ? gradientInput.padded(images, of: wiring.outputGradient)
            : gradientInput.pad(images, of: wiring.outputGradient, mask: rectifies ? wiring.output : nil)
        tensor_column_sums(
            gradient, images.count * gradientInput.height * gradientInput.width, gradientInput.channels,
            images.first > 0 ? 1 : 0, biasGradient)
        guard let inputGradient = wiring.inputGradient else { return }
        convolve(
            backwardShape, transformsBackward, images.count, gradient, weights.backward, bias: nil,
            to: inputGradient.at(images), rectifies: false)
    }

    /// The weight gradient of images that have been forward and backward.
    ///
    /// - Parameter weightGradient: receives `gradientCount` floats
    func backwardWeights(_ images: Images, weightGradient: UnsafeMutablePointer<Float>) {
        var shape = forwardShape
        shape.batch = Int32(images.count)
        let pixels = input.padded(images, of: wiring.input)
        let gradient = gradientInput.padded(images, of: wiring.outputGradient) + gradientStart
        if transformsWeights {
            tensor_winograd_weights(&shape, pixels, gradient, weightGradient, scratch.base)
        } else {
            tensor_convolution_weights(&shape, pixels, gradient, weightGradient)
        }
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
