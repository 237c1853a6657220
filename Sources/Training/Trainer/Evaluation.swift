// How well a model does on a split.

internal import Dataset
internal import Loader
internal import Parallel
internal import Shards

/// Loss, accuracy and confusion of a model on a split.
public struct Evaluation: Sendable, Equatable {
    /// Mean cross-entropy over samples, in nats: of the labels as they are, whatever smoothing was trained with.
    public let loss: Double
    public let samples: Int
    /// Samples by true label, then by predicted label.
    public let confusion: [[Int]]

    public var correct: Int { confusion.indices.map { confusion[$0][$0] }.reduce(0, +) }

    /// From 0 to 1.
    public var accuracy: Double { Double(correct) / Double(max(samples, 1)) }

    /// Of the samples predicted as `label`, the share that is; `nil` if none was.
    public func precision(_ label: Int) -> Double? {
        let predicted = confusion.map { $0[label] }.reduce(0, +)
        return predicted == 0 ? nil : Double(confusion[label][label]) / Double(predicted)
    }

    /// Of the samples of `label`, the share that was found; `nil` if there are none.
    public func recall(_ label: Int) -> Double? {
        let present = confusion[label].reduce(0, +)
        return present == 0 ? nil : Double(confusion[label][label]) / Double(present)
    }
}

/// What a model says of one sample.
public struct Judgement: Sendable, Equatable {
    /// Row in the provenance.
    public let id: UInt32
    /// Row in the split, in stored order.
    public let row: Int
    public let label: Int
    public let prediction: Int
    /// What the last layer puts out for each class.
    public let logits: [Float]

    /// Of each class: the softmax of the logits.
    public var probabilities: [Float] {
        [Float](unsafeUninitializedCapacity: logits.count) { buffer, count in
            count = logits.count
            guard let base = buffer.baseAddress else { return }
            logits.withUnsafeBufferPointer { logits in
                if let x = logits.baseAddress {
                    withoutDenormals { CrossEntropy.softmax(x, count, into: base) }
                }
            }
        }
    }
}

extension NetworkTeam {
    /// Loss and confusion of `weights` on all batches of an unshuffled loader.
    ///
    /// - Parameter judge: called with each sample, in order; `nil` spares its cost
    func evaluate(
        _ loader: DataLoader, weights: WeightSet, isCancelled: () -> Bool = { false },
        _ judge: ((Judgement) -> Void)? = nil
    ) throws -> (Evaluation, score: Score) {
        let classes = architecture.classes
        var confusion = Array(repeating: Array(repeating: 0, count: classes), count: classes)
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
                    let (label, prediction) = (Int(input.labels[row]), CrossEntropy.argmax(x, classes))
                    confusion[label][prediction] += 1
                    guard let judge else { continue }
                    judge(
                        Judgement(
                            id: input.ids[row], row: batch.step * capacity + row, label: label,
                            prediction: prediction,
                            logits: Array(UnsafeBufferPointer(start: x, count: classes))))
                }
            }
        }
        let evaluation = Evaluation(
            loss: total.loss / Double(max(total.count, 1)), samples: total.count, confusion: confusion)
        return (evaluation, total)
    }
}
