// The layers that a recipe may list, as its author writes them.

/// Border around a convolution's input, in pixels of zeros.
public enum Padding: Sendable, Equatable {
    /// As many on each side.
    case number(Int)
    /// As many as keep height and width. Where that is an odd number in all, the one more goes to the right and
    /// the bottom, as Keras and PyTorch do it.
    case same

    /// Zeros before and after a dimension under a kernel of `kernel`.
    func amounts(kernel: Int) -> (before: Int, after: Int) {
        switch self {
        case .number(let number): (number, number)
        case .same: ((kernel - 1) / 2, kernel / 2)
        }
    }
}

/// One layer. Numbers of a `torch.nn.Sequential` that holds the same layers are this list's indices.
public enum LayerSpecification: Sendable, Equatable {
    /// Stride 1, square kernel, with bias.
    case convolution(filters: Int, kernel: Int, padding: Padding)
    case batchNormalization
    case relu
    /// Windows that do not overlap.
    case maxPool(Int)
    /// The share of values that is zeroed; the others grow by 1/(1 - share).
    case dropout(Double)
    case flatten
    /// `nil` units: as many as the dataset has classes.
    case linear(units: Int?)
    case softmax

    var isDropout: Bool {
        if case .dropout = self { true } else { false }
    }
}
