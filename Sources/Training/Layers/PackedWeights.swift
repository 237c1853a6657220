// Layers that want their weights in an order of their own.

/// A layer whose passes take packed weights.
protocol PackedWeights: Layer {
    /// Floats of the weights as the forward pass takes them.
    var forwardCount: Int { get }

    /// Floats of the weights as the input's gradient takes them; 0 where nobody asks for it.
    var backwardCount: Int { get }

    /// Brings weights from PyTorch's order into those of the passes.
    func pack(_ weights: UnsafePointer<Float>, forward: FloatBuffer, backward: FloatBuffer)
}

/// A convolution, which gives its weights' gradient packed, for each micro-batch.
protocol ConvolutionLayer: PackedWeights {
    /// Floats of the packed weight gradient.
    var gradientCount: Int { get }

    /// Brings a weight gradient back into PyTorch's order.
    func unpack(_ packed: FloatBuffer, to gradient: UnsafeMutablePointer<Float>)
}
