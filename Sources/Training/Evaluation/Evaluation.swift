// The evaluation of a model on a split.

internal import Dataset
internal import Loader
internal import Parallel
internal import Shards

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

extension NetworkTeam {
    /// Loss and confusion of `weights` on all batches of an unshuffled loader.
    ///
    /// - Parameter report: called with the prediction for each sample, in order; `nil` saves its cost
    func evaluate(
        _ loader: DataLoader, weights: WeightSet, isCancelled: () -> Bool = { false },
        _ report: ((Prediction) -> Void)? = nil
    ) throws -> (Evaluation, score: Score) {
        let classes = architecture.classes
        var confusion = ConfusionMatrix(classes: classes)
        let logits = FloatBuffer(capacity * classes)
        var total = Score()
        let stream = try loader.batches(epoch: 0)
        while let batch = try stream.next() {
            if isCancelled() { throw TrainingError.cancelled }
            batch.withInput { input in
                total =
                    total
                    + evaluate(input, weights: weights) { first, count, values in
                        (logits + first * classes).update(from: values, count: count * classes)
                    }
                for row in 0..<input.count {
                    let x = logits + row * classes
                    let (label, predicted) = (Int(input.labels[row]), CrossEntropy.argmax(x, classes))
                    confusion.add(label: label, predicted: predicted)
                    guard let report else { continue }
                    report(
                        Prediction(
                            id: input.ids[row], row: batch.step * capacity + row, label: label,
                            predicted: predicted,
                            logits: Array(UnsafeBufferPointer(start: x, count: classes))))
                }
            }
        }
        let evaluation = Evaluation(loss: total.loss / Double(max(total.count, 1)), confusion: confusion)
        return (evaluation, total)
    }
}
