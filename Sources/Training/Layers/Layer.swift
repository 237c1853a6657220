// What all layers share: memory for activations, and the forward and backward pass.

/// Floats that a layer reads or writes: of one micro-batch, or of all micro-batches of a batch side by side.
final class Activation: @unchecked Sendable {
    /// Kept alive for `base`.
    private let buffer: FloatBuffer
    private var base: UnsafeMutablePointer<Float>
    /// Floats from one micro-batch to the next; 0 if each overwrites the one before.
    let stride: Int

    /// Memory for one micro-batch of `count` floats.
    init(private count: Int) {
        let buffer = FloatBuffer(count)
        self.buffer = buffer
        base = buffer.base
        stride = 0
    }

    /// Memory for `parts` micro-batches, for work over the whole batch.
    init(shared count: Int, parts: Int) {
        let buffer = FloatBuffer(count * parts)
        self.buffer = buffer
        base = buffer.base
        stride = count
    }

    /// Memory that `rebase` supplies later.
    init(external count: Int) {
        let buffer = FloatBuffer(0)
        self.buffer = buffer
        base = buffer.base
        stride = count
    }

    /// Points to `memory`, which must live until the step is over.
    func rebase(_ memory: UnsafeMutablePointer<Float>) { base = memory }

    func at(_ part: Int) -> UnsafeMutablePointer<Float> { base + part * stride }

    /// The first micro-batch, followed by all others if they are side by side.
    var whole: UnsafeMutablePointer<Float> { base }
}

/// One micro-batch on its way through a network.
struct Pass {
    let weights: WeightSet
    /// Where weight gradients go; `nil` when evaluating.
    let gradients: GradientParts?
    /// The micro-batch's number in the batch.
    let part: Int
    /// Samples in the micro-batch; its memory beyond them must not be read.
    let count: Int
    /// Dropout's random numbers come from this Philox key and the id of each sample.
    let dropoutKey: UInt64
    let ids: UnsafePointer<UInt32>

    var isTraining: Bool { gradients != nil }
}

/// A step of the computation, owned by one worker.
protocol Layer: AnyObject {
    func forward(_ pass: Pass)

    /// Computes the input gradient and, except in linear layers, the weight gradient from the output gradient.
    func backward(_ pass: Pass)
}

/// Where a layer reads and writes.
struct Wiring {
    let input, output: Activation
    /// `nil` if the input gradient is not needed, as for the pixels.
    let inputGradient: Activation?
    let outputGradient: Activation
}

/// A layer whose passes read packed weights.
protocol PackedWeights: Layer {
    /// Floats of the weights, packed for the forward pass.
    var forwardCount: Int { get }

    /// Floats of the weights, packed for the input gradient; 0 if that is not needed.
    var backwardCount: Int { get }

    /// Packs weights in PyTorch's order for both passes.
    func pack(_ weights: UnsafePointer<Float>, forward: FloatBuffer, backward: FloatBuffer)
}

/// A convolution, which writes a packed weight gradient for each micro-batch.
protocol ConvolutionLayer: PackedWeights {
    /// Floats of the packed weight gradient.
    var gradientCount: Int { get }

    /// Copies a packed weight gradient back to PyTorch's order.
    func unpack(_ packed: FloatBuffer, to gradient: UnsafeMutablePointer<Float>)
}
