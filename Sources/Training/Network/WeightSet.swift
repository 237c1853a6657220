// The parameters of a network in one flat buffer, and packed copies of the weights.

/// A layer's weights, packed for its forward and backward pass.
struct PackedLayer {
    let forward, backward: FloatBuffer
    let bias: UnsafePointer<Float>
}

/// All parameters of a network, shared by its workers.
///
/// Weights are in PyTorch's order. Only the columns of linear weights after `flatten` are in the order of the
/// activations, NHWC.
final class WeightSet: @unchecked Sendable {
    let architecture: Architecture
    let buffer: FloatBuffer
    private var layers: [PackedLayer?]

    /// Sets all parameters to zero.
    init(_ architecture: Architecture) {
        self.architecture = architecture
        buffer = FloatBuffer(architecture.bufferCount)
        layers = Array(repeating: nil, count: architecture.layers.count)
    }

    var values: UnsafePointer<Float> { UnsafePointer(buffer.base) }

    func packed(_ index: Int) -> PackedLayer {
        guard let weights = layers[index] else { preconditionFailure("weights were not packed") }
        return weights
    }

    /// Allocates the packed weights of a network's layers; call it before `pack`.
    func reserve(for network: Network) {
        for (index, layer) in network.packed where layers[index] == nil {
            layers[index] = PackedLayer(
                forward: FloatBuffer(layer.forwardCount), backward: FloatBuffer(layer.backwardCount),
                bias: values + architecture.layers[index].parameters[1].offset)
        }
    }

    /// Packs a layer's weights after they changed.
    func pack(_ index: Int, with layer: any PackedWeights) {
        let packed = packed(index)
        layer.pack(plain(index), forward: packed.forward, backward: packed.backward)
    }

    /// Packs some rows of a linear layer's weights after they changed.
    func pack(_ rows: Range<Int>, of index: Int, with layer: Linear) {
        let packed = packed(index)
        layer.pack(rows, of: plain(index), forward: packed.forward, backward: packed.backward)
    }

    /// A layer's weights in PyTorch's order.
    private func plain(_ index: Int) -> UnsafePointer<Float> {
        values + architecture.layers[index].parameters[0].offset
    }

    func packAll(with network: Network) {
        for (index, layer) in network.packed { pack(index, with: layer) }
    }
}
