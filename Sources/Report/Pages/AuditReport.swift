// Labels that a trained model doubts: a ranked list, from which a page and a terminal table are made.

public import Dataset

/// Samples whose given label is probably wrong, most suspicious first.
public struct AuditReport: Sendable {
    /// One sample and the two opinions on it.
    public struct Suspect: Sendable {
        public var sample: SampleView
        /// Index of the class that the dataset says it is, and the model's probability for that, 0...1.
        public var label: Int
        public var labelProbability: Double
        /// Index of the class that the model finds most probable, and how probable, 0...1.
        public var predicted: Int
        public var probability: Double

        public init(
            sample: SampleView, label: Int, labelProbability: Double, predicted: Int, probability: Double
        ) {
            self.sample = sample
            self.label = label
            self.labelProbability = labelProbability
            self.predicted = predicted
            self.probability = probability
        }
    }

    public var datasetName: String
    public var datasetDigest: Digest
    /// The run whose model was asked.
    public var run: String
    /// How predictions were kept honest, such as “5-fold out-of-fold”, in a few words.
    public var method: String
    public var classes: [String]
    /// How many samples were ranked.
    public var examined: Int
    /// The first of the ranking, in order.
    public var suspects: [Suspect]

    public init(
        datasetName: String, datasetDigest: Digest, run: String, method: String, classes: [String],
        examined: Int, suspects: [Suspect]
    ) {
        self.datasetName = datasetName
        self.datasetDigest = datasetDigest
        self.run = run
        self.method = method
        self.classes = classes
        self.examined = examined
        self.suspects = suspects
    }

    /// The name of a class, or its number where the list is too short.
    func className(_ label: Int) -> String {
        classes.indices.contains(label) ? classes[label] : String(label)
    }
}
