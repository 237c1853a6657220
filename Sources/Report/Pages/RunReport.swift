// A training run from outside: plain values, from which its page and its curves are drawn.

public import Dataset

/// What there is to say of a training run, while it goes on and when it has ended.
public struct RunReport: Sendable {
    public enum State: Sendable, Equatable {
        /// In epoch `epoch` (from 1) of `total`.
        case running(epoch: Int, of: Int)
        case finished
        /// Ended before its last epoch; the reason as a few words, such as “early stopping”.
        case stopped(reason: String)
    }

    public struct Score: Sendable, Equatable {
        /// Mean cross-entropy per sample, in nats.
        public var loss: Double
        /// 0...1
        public var accuracy: Double

        public init(loss: Double, accuracy: Double) {
            self.loss = loss
            self.accuracy = accuracy
        }
    }

    public struct Epoch: Sendable, Equatable {
        /// From 1.
        public var number: Int
        public var train: Score
        /// `nil` in datasets without a validation split.
        public var validation: Score?
        /// At the end of the epoch.
        public var learningRate: Double
        public var samplesPerSecond: Double
        /// Wall-clock seconds of the whole epoch.
        public var seconds: Double

        public init(
            number: Int, train: Score, validation: Score?, learningRate: Double, samplesPerSecond: Double,
            seconds: Double
        ) {
            self.number = number
            self.train = train
            self.validation = validation
            self.learningRate = learningRate
            self.samplesPerSecond = samplesPerSecond
            self.seconds = seconds
        }
    }

    public struct Layer: Sendable, Equatable {
        /// As people say it, such as “convolution 3x3, ReLU”.
        public var name: String
        /// Of one sample: channels, height, width, or a single length.
        public var outputShape: [Int]
        public var parameters: Int

        public init(name: String, outputShape: [Int], parameters: Int) {
            self.name = name
            self.outputShape = outputShape
            self.parameters = parameters
        }
    }

    public struct Recipe: Sendable, Equatable {
        public var name: String
        /// The recipe file.
        public var text: String
        public var layers: [Layer]
        /// Whether labels were softened in training, so that its losses are of other labels than validation's.
        public var softensLabels: Bool

        public init(name: String, text: String, layers: [Layer], softensLabels: Bool = false) {
            self.name = name
            self.text = text
            self.layers = layers
            self.softensLabels = softensLabels
        }

        public var parameters: Int { layers.reduce(0) { $0 + $1.parameters } }
    }

    /// The run's name, such as `mnist-cnn-1`.
    public var name: String
    public var state: State
    public var datasetName: String
    public var datasetDigest: Digest
    /// Class names in label order.
    public var classes: [String]
    public var recipe: Recipe
    public var epochs: [Epoch]
    /// Once, at the end.
    public var test: Score?
    /// Of the split that it names; test at the end, validation before.
    public var confusion: ConfusionMatrix?
    /// Most confident first.
    public var mistakes: [Prediction]
    /// A few samples as they come.
    public var samples: [Prediction]

    public init(
        name: String, state: State, datasetName: String, datasetDigest: Digest, classes: [String],
        recipe: Recipe, epochs: [Epoch], test: Score? = nil, confusion: ConfusionMatrix? = nil,
        mistakes: [Prediction] = [], samples: [Prediction] = []
    ) {
        self.name = name
        self.state = state
        self.datasetName = datasetName
        self.datasetDigest = datasetDigest
        self.classes = classes
        self.recipe = recipe
        self.epochs = epochs
        self.test = test
        self.confusion = confusion
        self.mistakes = mistakes
        self.samples = samples
    }

    /// The epoch with the highest validation accuracy, the earlier of equals.
    public var bestEpoch: Epoch? {
        epochs.max { a, b in
            (a.validation?.accuracy ?? -1, -a.number) < (b.validation?.accuracy ?? -1, -b.number)
        }.flatMap { $0.validation == nil ? nil : $0 }
    }

    /// Wall-clock seconds of all epochs.
    public var seconds: Double { epochs.reduce(0) { $0 + $1.seconds } }
}
