// Counts of a model's predictions for each class.

package import Storage

/// Samples counted by true label and predicted label.
public struct ConfusionMatrix: Sendable, Equatable {
    /// Rows by true label, columns by predicted label; as many of each as there are classes.
    public private(set) var rows: [[Int]]

    /// Number of classes.
    public var classes: Int { rows.count }

    /// Number of samples.
    public var samples: Int { rows.reduce(0) { $0 + $1.reduce(0, +) } }

    /// Samples whose predicted label is the true one.
    public var correct: Int { rows.indices.reduce(0) { $0 + rows[$1][$1] } }

    /// The share of correct predictions, from 0 to 1; 0 without samples.
    public var accuracy: Double { Double(correct) / Double(max(samples, 1)) }

    /// Samples whose true label is `label`.
    public func samples(of label: Int) -> Int { rows[label].reduce(0, +) }

    /// The label that is predicted for every sample; `nil` if there are several, or no samples.
    public var onlyPrediction: Int? {
        let samples = samples
        return rows.indices.first { label in samples > 0 && rows.reduce(0) { $0 + $1[label] } == samples }
    }

    /// The share of the samples predicted as `label` for which this is true; `nil` if there are no such samples.
    public func precision(_ label: Int) -> Double? {
        let predicted = rows.reduce(0) { $0 + $1[label] }
        return predicted == 0 ? nil : Double(rows[label][label]) / Double(predicted)
    }

    /// The share of the samples of `label` that were predicted as it; `nil` if there are no such samples.
    public func recall(_ label: Int) -> Double? {
        let present = samples(of: label)
        return present == 0 ? nil : Double(rows[label][label]) / Double(present)
    }

    /// The most frequent errors, most frequent first: a true label, the label predicted for it, and how often.
    public func confusions(limit: Int) -> [(label: Int, predicted: Int, count: Int)] {
        var pairs: [(label: Int, predicted: Int, count: Int)] = []
        for (label, row) in rows.enumerated() {
            for (predicted, count) in row.enumerated() where label != predicted && count > 0 {
                pairs.append((label, predicted, count))
            }
        }
        pairs.sort { a, b in (-a.count, a.label, a.predicted) < (-b.count, b.label, b.predicted) }
        return Array(pairs.prefix(limit))
    }

    /// The rows as lists of integers.
    package var json: JSONValue { .array(rows.map { .array($0.map { .integer($0) }) }) }
}

extension ConfusionMatrix {
    /// A matrix of no samples.
    init(classes: Int) {
        self.init(rows: Array(repeating: Array(repeating: 0, count: classes), count: classes))
    }

    mutating func add(label: Int, predicted: Int) { rows[label][predicted] += 1 }
}
