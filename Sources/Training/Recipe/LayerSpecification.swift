// The layers that a recipe may list, as its author writes them.

/// Pixels of zeros around a convolution's input.
public enum Padding: Sendable, Equatable {
    /// The same number on each side.
    case number(Int)
    /// As many as keep height and width. If the total is odd, right and bottom get the extra pixel, as in Keras and
    /// PyTorch.
    case same

    /// Zeros before and after each dimension, for a kernel size.
    func amounts(kernel: Int) -> (before: Int, after: Int) {
        switch self {
        case .number(let number): (number, number)
        case .same: ((kernel - 1) / 2, kernel / 2)
        }
    }
}

/// One layer of a recipe. A `torch.nn.Sequential` of the same layers numbers them in the same way.
public enum LayerSpecification: Sendable, Equatable {
    /// Stride 1, square kernel, with bias.
    case convolution(filters: Int, kernel: Int, padding: Padding)
    /// Per channel, over the samples of a micro-batch.
    case batchNormalization
    /// max(0, x).
    case relu
    /// The maximum over square windows of this size, which do not overlap.
    case maxPool(Int)
    /// The share of values that is zeroed while training; the others are scaled by 1/(1 - share).
    case dropout(Double)
    /// To one dimension, which a linear layer needs.
    case flatten
    /// With bias. `nil` stands for as many units as the dataset has classes.
    case linear(units: Int?)
    /// Only as the last layer.
    case softmax

    var isDropout: Bool {
        if case .dropout = self { true } else { false }
    }
}
