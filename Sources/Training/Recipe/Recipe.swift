// A recipe: everything that defines a training, except the data.

public import Dataset
public import Imaging
public import Loader

/// How weights are initialized.
public enum Initialisation: String, Sendable, CaseIterable {
    /// Weights and biases uniform in ±1/√fan_in: the defaults of `nn.Linear` and `nn.Conv2d`, which are
    /// Kaiming's uniform with a = √5.
    case pytorch
    /// Weights Glorot uniform, ±√(6 / (fan_in + fan_out)); biases zero.
    case keras
    /// Weights normal with standard deviation √(2 / fan_in), as He et al. (2015) derive for ReLU; biases zero.
    case kaiming
    /// As `pytorch`, but the first filters of a convolution pass one channel on each, as `nn.init.dirac_` sets them.
    case identity
}

/// A network and how it is trained.
public struct Recipe: Sendable, Equatable {
    /// Letters, digits, dash and underscore; part of the run folder's name.
    public var name: String
    /// One line that describes the recipe.
    public var summary: String
    /// The `prep` command that prepares its data.
    public var data: String
    /// Of the network's input. Images of other channels are refused, smaller ones are padded with their background.
    public var input: ImageShape
    /// How pixels are turned into floats.
    public var pixels: PixelFormat
    /// From input to output.
    public var layers: [LayerSpecification]
    /// How weights are initialized.
    public var initialisation = Initialisation.pytorch
    /// Whether the filters of the first convolution whiten patches of the train images instead of being trained.
    public var whitening = false
    /// The share of probability that is spread evenly over all classes while training, 0 to 0.9.
    public var labelSmoothing = 0.0
    /// How gradients change weights.
    public var optimizer = Optimizer.adam(beta1: 0.9, beta2: 0.999, epsilon: 1e-8)
    /// The learning rate, which `schedule` changes.
    public var rate = 1e-3
    /// Factor of the learning rate for the last linear layer, whose weight decay it divides. Training at s² times the rate
    /// is training with logits that are multiplied by s, as networks with high rates do.
    public var headRate = 1.0
    /// As in PyTorch, 0 to 1.
    public var weightDecay = 0.0
    /// How the learning rate changes over a run.
    public var schedule = Schedule.constant
    /// Samples per step.
    public var batch = 128
    /// Samples that one thread takes through the network at once. It changes the result: gradients are summed
    /// micro-batch by micro-batch, and batch normalization uses their means and variances.
    public var microBatch = 16
    /// Passes over the train split.
    public var epochs = 10
    /// Drawn anew for each sample in each epoch; `nil` for none.
    public var augmentation: Augmentation?
    /// The share that the running average of the weights keeps at each step. If it is above 0, this average is
    /// evaluated and saved instead of the weights.
    public var averaging = 0.0
    /// Ends a run after so many epochs without improvement on validation; `nil` for never.
    public var patience: Int?

    /// A recipe with defaults for everything else.
    public init(
        name: String, summary: String, data: String, input: ImageShape, pixels: PixelFormat,
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
