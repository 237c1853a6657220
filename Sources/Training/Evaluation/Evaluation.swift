// The evaluation of a model on a split.

/// Loss, accuracy and confusion of a model on a split.
public struct Evaluation: Sendable, Equatable {
    /// Mean cross-entropy over samples, in nats, without label smoothing.
    public let loss: Double
    /// Samples counted by true label and predicted label.
    public let confusion: ConfusionMatrix

    /// Number of samples.
    public var samples: Int { confusion.samples }
    /// Number of correct predictions.
    public var correct: Int { confusion.correct }

    /// The share of correct predictions, from 0 to 1.
    public var accuracy: Double { confusion.accuracy }

    /// Loss and accuracy alone.
    package var metrics: SplitMetrics { SplitMetrics(loss: loss, accuracy: accuracy) }
}

/// A model's prediction for one sample.
public struct Prediction: Sendable, Equatable {
    /// The sample's id, which is its row in the provenance.
    public let id: UInt32
    /// The sample's row in the split, in stored order.
    public let row: Int
    /// The true label, as stored in the dataset.
    public let label: Int
    /// The label with the largest logit.
    public let predicted: Int
    /// The network's output for each label.
    public let logits: [Float]

    /// The probability of each label: the softmax of the logits.
    public var probabilities: [Float] {
        [Float](unsafeUninitializedCapacity: logits.count) { buffer, count in
            count = logits.count
            guard let base = buffer.baseAddress else { return }
            logits.withUnsafeBufferPointer { logits in
                if let x = logits.baseAddress {
                    _ = withoutDenormals { CrossEntropy.softmax(x, count, into: base) }
                }
            }
        }
    }
}
