// What layers have in common: where their numbers lie, and the two directions.

/// Floats that a layer reads or writes: for one micro-batch, or side by side for all of a batch.
final class Activation: @unchecked Sendable {
    /// Kept alive for `base`.
    private let buffer: FloatBuffer
    private var base: UnsafeMutablePointer<Float>
    /// Floats from one micro-batch to the next; 0 where each overwrites the one before.
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

    /// A place for memory that is given later.
    init(external count: Int) {
        let buffer = FloatBuffer(0)
        self.buffer = buffer
        base = buffer.base
        stride = count
    }

    /// Points to `memory`, which must live until the step is over.
    func rebase(_ memory: UnsafeMutablePointer<Float>) { base = memory }

    func at(_ part: Int) -> UnsafeMutablePointer<Float> { base + part * stride }

    /// All parts.
    var whole: UnsafeMutablePointer<Float> { base }
}

/// One micro-batch on its way through a network.
struct Pass {
    let weights: WeightSet
    /// Where weight gradients go; `nil` when evaluating.
    let gradients: GradientParts?
    /// Its number in the batch.
    let part: Int
    /// Samples in it; the rest of its memory is not to be looked at.
    let count: Int
    /// What dropout draws from: Philox's key, and the identity of each sample.
    let dropoutKey: UInt64
    let ids: UnsafePointer<UInt32>

    var isTraining: Bool { gradients != nil }
}

/// A step of the computation, owned by one worker.
protocol Layer: AnyObject {
    func forward(_ pass: Pass)

    /// From the output's gradient to the input's, and to the parts of its own weights' gradients.
    func backward(_ pass: Pass)
}

/// Where a layer reads and writes.
struct Wiring {
    let input, output: Activation
    /// `nil` where nobody asks for the input's gradient.
    let inputGradient: Activation?
    let outputGradient: Activation
}
