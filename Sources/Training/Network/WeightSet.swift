// The numbers of a network: one flat buffer, and weights in the orders of the passes beside it.

/// A layer's weights as its passes want them.
struct PackedLayer {
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
    private var layers: [PackedLayer?]

    /// All zero.
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

    /// Makes room for the packed weights of a network's layers. Before `pack`.
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
