// The metrics of an epoch, and metrics.csv.

internal import Dataset
internal import Shards
package import Storage

/// Loss and accuracy on a split.
public struct SplitMetrics: Sendable, Equatable {
    /// Mean cross-entropy over samples, in nats.
    public let loss: Double
    /// The share of correct predictions, from 0 to 1.
    public let accuracy: Double

    package init(loss: Double, accuracy: Double) {
        self.loss = loss
        self.accuracy = accuracy
    }

    init(_ score: Score) {
        let count = Double(max(score.count, 1))
        self.init(loss: score.loss / count, accuracy: Double(score.correct) / count)
    }
}

/// The metrics of one epoch of a run.
public struct EpochMetrics: Sendable, Equatable {
    /// From 1.
    public let epoch: Int
    /// Measured while the weights change, with dropout, augmentation and label smoothing.
    public let train: SplitMetrics
    /// Measured after the epoch; `nil` without a validation split.
    public let validation: SplitMetrics?
    /// The learning rate of the last step.
    public let rate: Double
    /// Training speed, without validation.
    public let samplesPerSecond: Double
    /// Duration of the whole epoch, with validation.
    public let seconds: Double

    /// Whether the model after this epoch is better than the one after `other`: a higher validation accuracy, or the
    /// same with a lower loss. Without validation, the later epoch is better.
    package func isBetter(than other: EpochMetrics?) -> Bool {
        guard let other else { return true }
        guard let mine = validation, let theirs = other.validation else { return true }
        return (mine.accuracy, -mine.loss) > (theirs.accuracy, -theirs.loss)
    }
}

/// `metrics.csv`: one line per epoch.
enum MetricsFile {
    static let name = "metrics.csv"

    static func text(_ epochs: [EpochMetrics]) -> String {
        var text =
            "epoch,train_loss,train_accuracy,validation_loss,validation_accuracy,"
            + "learning_rate,samples_per_second,seconds\n"
        for metrics in epochs {
            let validation = metrics.validation.map { "\($0.loss),\($0.accuracy)" } ?? ","
            text +=
                "\(metrics.epoch),\(metrics.train.loss),\(metrics.train.accuracy),\(validation),"
                + "\(metrics.rate),\(metrics.samplesPerSecond),\(metrics.seconds)\n"
        }
        return text
    }
}

/// What numbers of a run may be, so that charts and times can be made of a stranger's.
private enum Plausible {
    /// Nats; weights are 32-bit floats.
    static let loss = 0.0...1e39
    static let rate = 0.0...1e9
    static let samplesPerSecond = 0.0...1e12
    static let seconds = 0.0...1e10
}

extension SplitMetrics {
    /// As stored in a checkpoint, and as printed.
    package var json: JSONValue { .object(["loss": .number(loss), "accuracy": .number(accuracy)]) }

    fileprivate init(_ object: inout JSONObject) throws(JSONProblem) {
        loss = try object.number("loss", in: Plausible.loss)
        accuracy = try object.number("accuracy", in: 0...1)
        try object.finish()
    }
}

extension EpochMetrics {
    /// As stored in a checkpoint.
    var json: JSONValue {
        var members: [Key: JSONValue] = [
            "epoch": .integer(epoch), "train": train.json, "rate": .number(rate),
            "samplesPerSecond": .number(samplesPerSecond), "seconds": .number(seconds),
        ]
        members["validation"] = validation?.json
        return .object(members)
    }

    init(_ object: inout JSONObject) throws(JSONProblem) {
        epoch = try object.integer("epoch", in: Recipe.epochRange)
        var train = try object.object("train")
        self.train = try SplitMetrics(&train)
        if let value = object.takeIfPresent("validation") {
            var validation = try JSONObject(value, at: object.place("validation"))
            self.validation = try SplitMetrics(&validation)
        } else {
            validation = nil
        }
        rate = try object.number("rate", in: Plausible.rate)
        samplesPerSecond = try object.number("samplesPerSecond", in: Plausible.samplesPerSecond)
        seconds = try object.number("seconds", in: Plausible.seconds)
    }
}
