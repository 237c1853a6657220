// Weight gradients of each micro-batch, kept apart until they are summed in order.

/// The weight gradients of convolutions and batch normalizations, one copy per micro-batch. (Linear layers have too
/// many weights for that: their weight gradient is computed over the whole batch.)
final class GradientParts: @unchecked Sendable {
    /// One array per micro-batch, `stride` floats apart.
    struct Parts {
        let buffer: FloatBuffer
        let stride: Int

        init(_ count: Int, parts: Int) {
            stride = (count + 15) / 16 * 16
            buffer = FloatBuffer(stride * parts)
        }

        func callAsFunction(_ part: Int) -> UnsafeMutablePointer<Float> { buffer + part * stride }
    }

    struct Convolution {
        /// Packed.
        let weight: Parts
        let bias: Parts
    }

    struct Normalization {
        let weight, bias: Parts
        /// Mean and biased variance, as used by the forward pass.
        let mean, variance: Parts
    }

    private var convolutions: [Convolution?]
    private var normalizations: [Normalization?]

    init(_ network: Network, parts: Int) {
        let layers = network.architecture.layers
        convolutions = Array(repeating: nil, count: layers.count)
        normalizations = Array(repeating: nil, count: layers.count)
        for (index, convolution) in network.convolutions {
            convolutions[index] = Convolution(
                weight: Parts(convolution.gradientCount, parts: parts),
                bias: Parts(layers[index].output.channels, parts: parts))
        }
        for (index, layer) in layers.enumerated() where layer.specification == .batchNormalization {
            let channels = { Parts(layer.input.channels, parts: parts) }
            normalizations[index] = Normalization(
                weight: channels(), bias: channels(), mean: channels(), variance: channels())
        }
    }

    func convolution(_ index: Int) -> Convolution? { convolutions[index] }

    func normalization(_ index: Int) -> Normalization? { normalizations[index] }
}
