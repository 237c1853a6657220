// Whether a model's probabilities mean what they say.

/// Predictions counted by the probability of the predicted class, in bins of equal width.
public struct Calibration: Sendable, Equatable {
    /// Predictions whose probability lies between two bounds.
    public struct Bin: Sendable, Equatable {
        /// Number of predictions.
        public fileprivate(set) var samples = 0
        /// How many of them are correct.
        public fileprivate(set) var correct = 0
        fileprivate var sum = 0.0

        /// The share of correct predictions; 0 without samples.
        public var accuracy: Double { Double(correct) / Double(max(samples, 1)) }
        /// The mean probability of the predicted class; 0 without samples.
        public var confidence: Double { sum / Double(max(samples, 1)) }
    }

    /// From probability 0 to 1.
    public private(set) var bins = [Bin](repeating: Bin(), count: 15)

    package init() {}

    /// Counts a prediction, unless its logits are no numbers.
    package mutating func add(_ prediction: Prediction) {
        let probability = Double(prediction.probabilities[prediction.predicted])
        guard probability.isFinite else { return }
        let index = min(Int(probability * Double(bins.count)), bins.count - 1)
        bins[index].samples += 1
        bins[index].correct += prediction.predicted == prediction.label ? 1 : 0
        bins[index].sum += probability
    }

    /// The expected calibration error (Guo et al., 2017): the mean difference of accuracy and confidence over all samples,
    /// bin by bin; 0 without samples.
    public var expectedError: Double {
        let samples = bins.reduce(0) { $0 + $1.samples }
        let differences = bins.reduce(0) { $0 + Double($1.samples) * abs($1.accuracy - $1.confidence) }
        return differences / Double(max(samples, 1))
    }
}
