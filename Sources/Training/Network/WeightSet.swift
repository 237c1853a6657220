// The numbers of a network: one flat buffer, and convolution weights in oneDNN's orders beside it.

/// A convolution's weights as its passes want them.
struct PackedConvolution {
    let forward, backward: FloatBuffer
    let bias: UnsafePointer<Float>
}

/// All parameters of a network, shared by its workers.
///
/// Convolution weights lie in PyTorch's order, linear weights behind `flatten` with columns in the order of
/// activations, NHWC.
final class WeightSet: @unchecked Sendable {
    let architecture: Architecture
    let buffer: FloatBuffer
    private var packed: [PackedConvolution?]

    /// All zero.
    init(_ architecture: Architecture) {
        self.architecture = architecture
        buffer = FloatBuffer(architecture.bufferCount)
        packed = Array(repeating: nil, count: architecture.layers.count)
    }

    var values: UnsafePointer<Float> { UnsafePointer(buffer.base) }

    func convolution(_ index: Int) -> PackedConvolution {
        guard let weights = packed[index] else { preconditionFailure("weights were not packed") }
        return weights
    }

    /// Makes room for the packed weights of a network's convolutions. Before `pack`.
    func reserve(for network: Network) {
        for (index, convolution) in network.convolutions {
            packed[index] = PackedConvolution(
                forward: FloatBuffer(convolution.packedCount(.forward)),
                backward: FloatBuffer(convolution.packedCount(.inputGradient)),
                bias: values + architecture.layers[index].parameters[1].offset)
        }
    }

    /// Packs a convolution's weights after they changed.
    func pack(_ index: Int, with convolution: any PackedWeights) {
        let weights = self.convolution(index)
        convolution.pack(
            values + architecture.layers[index].parameters[0].offset, forward: weights.forward,
            backward: weights.backward)
    }

    func packAll(with network: Network) {
        for (index, convolution) in network.convolutions { pack(index, with: convolution) }
    }
}
