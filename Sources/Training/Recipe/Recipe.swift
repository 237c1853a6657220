// A recipe: everything about a training but the data.

public import Dataset
public import Imaging
public import Loader

/// How weights begin.
public enum Initialisation: String, Sendable, CaseIterable {
    /// Weights and biases uniform in ±1/√fan_in: the defaults of `nn.Linear` and `nn.Conv2d`, which are
    /// Kaiming's uniform with a = √5.
    case pytorch
    /// Weights Glorot uniform, ±√(6 / (fan_in + fan_out)); biases zero.
    case keras
    /// Weights normal with deviation √(2 / fan_in), as He et al. (2015) derive for ReLU; biases zero.
    case kaiming
}

/// A model and how it is trained.
public struct Recipe: Sendable, Equatable {
    public var name: String
    /// One line for people.
    public var summary: String
    /// The `prep` command that prepares the data it was made for.
    public var data: String
    /// Width and height that the first layer sees. Smaller images are padded with their background.
    public var input: ImageSize
    /// The numbers that pixels become.
    public var pixels: PixelFormat
    public var layers: [LayerSpecification]
    public var initialisation = Initialisation.pytorch
    public var labelSmoothing = 0.0
    public var optimizer = Optimizer.adam(beta1: 0.9, beta2: 0.999, epsilon: 1e-8)
    public var rate = 1e-3
    public var weightDecay = 0.0
    public var schedule = Schedule.constant
    public var batch = 128
    /// Samples that one thread takes through the network at once. Part of the result: gradients are summed
    /// in order of micro-batches, and batch normalisation takes its moments from them.
    public var microBatch = 16
    public var epochs = 10
    /// Drawn anew for each sample in each epoch.
    public var augmentation: RandomAffine?
    /// The share of the old in the running average of weights that is evaluated and saved; 0 for none.
    public var averaging = 0.0
    /// Epochs without improvement on validation that end a run.
    public var patience: Int?

    public init(
        name: String, summary: String, data: String, input: ImageSize, pixels: PixelFormat,
        layers: [LayerSpecification]
    ) {
        self.name = name
        self.summary = summary
        self.data = data
        self.input = input
        self.pixels = pixels
        self.layers = layers
    }
}
