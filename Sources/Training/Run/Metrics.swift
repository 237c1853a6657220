// The numbers of an epoch, and their file.

internal import Shards

/// Loss and accuracy on a split.
public struct SplitMetrics: Sendable, Codable, Equatable {
    /// Mean over samples, in nats.
    public let loss: Double
    /// From 0 to 1.
    public let accuracy: Double

    public init(loss: Double, accuracy: Double) {
        self.loss = loss
        self.accuracy = accuracy
    }

    init(_ score: Score) {
        let count = Double(max(score.count, 1))
        self.init(loss: score.loss / count, accuracy: Double(score.correct) / count)
    }
}

/// One epoch of a run.
public struct EpochMetrics: Sendable, Codable, Equatable {
    /// From 1.
    public let epoch: Int
    /// While training: with dropout, augmentation, smoothed labels, and weights that change.
    public let train: SplitMetrics
    /// After it; `nil` without a validation split.
    public let validation: SplitMetrics?
    /// The learning rate of its last step.
    public let rate: Double
    /// Training alone, without validation.
    public let samplesPerSecond: Double
    /// All of it.
    public let seconds: Double

    /// Whether a model after `self` is to be preferred to one after `other`: more right on validation, or
    /// as many with a lower loss. Without validation the later one.
    func isBetter(than other: EpochMetrics?) -> Bool {
        guard let other else { return true }
        guard let mine = validation, let theirs = other.validation else { return true }
        return (mine.accuracy, -mine.loss) > (theirs.accuracy, -theirs.loss)
    }
}

enum MetricsFile {
    static let name = "metrics.csv"

    /// One line per epoch.
    static func text(_ epochs: [EpochMetrics]) -> String {
        var text =
            "epoch,train_loss,train_accuracy,validation_loss,validation_accuracy,learning_rate,samples_per_second,seconds\n"
        for metrics in epochs {
            let validation = metrics.validation.map { "\($0.loss),\($0.accuracy)" } ?? ","
            text +=
                "\(metrics.epoch),\(metrics.train.loss),\(metrics.train.accuracy),\(validation),"
                + "\(metrics.rate),\(metrics.samplesPerSecond),\(metrics.seconds)\n"
        }
        return text
    }
}
