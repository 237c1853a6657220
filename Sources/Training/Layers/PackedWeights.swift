// Layers that want their weights in an order of their own.

/// What weights are packed for; each order has its own length.
enum WeightOrder: UInt32 {
    case forward = 0
    case inputGradient = 1
    case weightGradient = 2
}

/// A convolution whose passes take packed weights and give a packed gradient.
protocol PackedWeights: Layer {
    /// Floats of the weights in that order; 0 where it is not needed.
    func packedCount(_ order: WeightOrder) -> Int

    /// Brings weights from PyTorch's order into those of the passes.
    func pack(_ weights: UnsafePointer<Float>, forward: FloatBuffer, backward: FloatBuffer)

    /// Brings a weight gradient back into PyTorch's order.
    func unpack(_ packed: FloatBuffer, to gradient: UnsafeMutablePointer<Float>)
}
