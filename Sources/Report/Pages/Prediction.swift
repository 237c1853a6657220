// What a model said of samples: one by one, and counted.

public import Dataset

/// What a model said of one sample.
public struct Prediction: Sendable {
    public var sample: SampleView
    /// Index of the given class.
    public var label: Int
    /// Index of the class that the model found most probable, and how probable, 0...1.
    public var predicted: Int
    public var probability: Double

    public init(sample: SampleView, label: Int, predicted: Int, probability: Double) {
        self.sample = sample
        self.label = label
        self.predicted = predicted
        self.probability = probability
    }
}

/// How often each class was taken for each other.
public struct ConfusionMatrix: Sendable, Equatable {
    public let split: Split
    public let classes: Int
    /// Row-major: given class, then predicted class.
    public let counts: [Int]

    /// - Parameter counts: row-major, one row per given class, one column per predicted class
    public init(split: Split, classes: Int, counts: [Int]) {
        precondition(counts.count == classes * classes)
        self.split = split
        self.classes = classes
        self.counts = counts
    }

    public subscript(given given: Int, predicted predicted: Int) -> Int {
        counts[given * classes + predicted]
    }

    /// Samples of a class.
    public func given(_ label: Int) -> Int {
        (0..<classes).reduce(0) { $0 + self[given: label, predicted: $1] }
    }

    /// Samples taken for a class.
    public func predicted(_ label: Int) -> Int {
        (0..<classes).reduce(0) { $0 + self[given: $1, predicted: label] }
    }

    public var samples: Int { counts.reduce(0, +) }

    public var accuracy: Double {
        let right = (0..<classes).reduce(0) { $0 + self[given: $1, predicted: $1] }
        return samples == 0 ? 0 : Double(right) / Double(samples)
    }

    /// Share of those taken for the class that are of it; `nil` if none was.
    public func precision(_ label: Int) -> Double? {
        let all = predicted(label)
        return all == 0 ? nil : Double(self[given: label, predicted: label]) / Double(all)
    }

    /// Share of the class that was taken for it; `nil` if the class is empty.
    public func recall(_ label: Int) -> Double? {
        let all = given(label)
        return all == 0 ? nil : Double(self[given: label, predicted: label]) / Double(all)
    }

    /// The pairs of classes that are mistaken for each other most often, in this direction.
    public func confusions(limit: Int) -> [(given: Int, predicted: Int, count: Int)] {
        let pairs = counts.indices.compactMap { index -> (given: Int, predicted: Int, count: Int)? in
            let (given, predicted) = index.quotientAndRemainder(dividingBy: classes)
            return given == predicted || counts[index] == 0 ? nil : (given, predicted, counts[index])
        }
        return Array(
            pairs.sorted { a, b in
                (-a.count, a.given, a.predicted) < (-b.count, b.given, b.predicted)
            }.prefix(limit))
    }
}
