// What all layers share: memory for activations, and the forward and backward pass.

/// Some images of a micro-batch.
struct Images {
    /// The micro-batch's number in the batch.
    var part = 0
    /// The first image's number in the micro-batch.
    var first = 0
    var count: Int
}

/// Floats that a layer reads or writes: of one micro-batch, or of all micro-batches of a batch side by side.
final class Activation: @unchecked Sendable {
    /// Kept alive for `base`.
    private let buffer: FloatBuffer?
    private var base: UnsafeMutablePointer<Float>?
    /// Floats from one image to the next, and from one micro-batch to the next; 0 if each overwrites the one before.
    private let size, stride: Int

    /// Memory for one micro-batch.
    ///
    /// - Parameters:
    ///   - size: floats of an image
    ///   - isPassing: whether some images take the place of those before, which nothing needs any more
    init(private size: Int, images: Int, isPassing: Bool = false) {
        let buffer = FloatBuffer(size * images)
        self.buffer = buffer
        base = buffer.base
        self.size = isPassing ? 0 : size
        stride = 0
    }

    /// Memory for `parts` micro-batches, for work over the whole batch.
    init(shared size: Int, images: Int, parts: Int) {
        let buffer = FloatBuffer(size * images * parts)
        self.buffer = buffer
        base = buffer.base
        self.size = size
        stride = size * images
    }

    /// Without memory: `rebase` supplies it later, or nothing asks for it.
    init(external size: Int, images: Int) {
        buffer = nil
        base = nil
        self.size = size
        stride = size * images
    }

    /// Points to `memory`, which must live until the step is over.
    func rebase(_ memory: UnsafeMutablePointer<Float>) { base = memory }

    /// The first of these images.
    func at(_ images: Images) -> UnsafeMutablePointer<Float> {
        whole + images.part * stride + images.first * size
    }

    /// The first micro-batch, followed by all others if they are side by side.
    var whole: UnsafeMutablePointer<Float> {
        guard let base else { preconditionFailure("an activation without memory") }
        return base
    }
}

/// Some images of a micro-batch on their way through a network.
struct Pass {
    let weights: WeightSet
    /// Where weight gradients go; `nil` when evaluating.
    let gradients: GradientParts?
    /// The images; memory beyond them must not be read.
    var images: Images
    /// Dropout's random numbers come from this Philox key and the id of each sample of the micro-batch.
    let dropoutKey: UInt64
    let ids: UnsafePointer<UInt32>

    var isTraining: Bool { gradients != nil }
    var count: Int { images.count }
}

/// A step of the computation, owned by one worker.
protocol Layer: AnyObject {
    func forward(_ pass: Pass)

    /// Computes the input gradient from the output gradient, and the gradients of vectors such as a bias.
    func backward(_ pass: Pass)

    /// Computes the weight gradient of a whole micro-batch, after the input gradients of all of its images. Those of linear
    /// layers are computed over the whole batch.
    func backwardWeights(_ pass: Pass)
}

extension Layer {
    func backwardWeights(_ pass: Pass) {}
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
