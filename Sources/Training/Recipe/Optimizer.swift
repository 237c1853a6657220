// The optimizers that a recipe can choose.

/// An optimizer and its constants, as PyTorch defines them.
public enum Optimizer: Sendable, Equatable {
    /// `torch.optim.SGD`, without dampening.
    case sgd(momentum: Float, nesterov: Bool)
    /// `torch.optim.Adam`: weight decay is added to the gradient.
    case adam(beta1: Float, beta2: Float, epsilon: Float)
    /// `torch.optim.AdamW`: weight decay shrinks the weights, apart from the gradient's step.
    case adamW(beta1: Float, beta2: Float, epsilon: Float)
}
