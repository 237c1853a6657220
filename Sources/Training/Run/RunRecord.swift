// The record of a run, read from its folder while it trains or afterwards.

public import Dataset
internal import Storage

/// The evaluation of the best model at the end of a run.
public struct RunResult: Sendable, Equatable {
    static let fileName = "result.json"
    /// The longest file in bytes: it has a number for each pair of classes.
    static let lengthLimit = 256 << 20

    /// The evaluated split: test; if that is empty, validation; if both are, train.
    public let split: Split
    /// Mean cross-entropy over samples, in nats.
    public let loss: Double
    /// The share of correct predictions, from 0 to 1.
    public let accuracy: Double
    /// The epoch of the best model, from 1.
    public let bestEpoch: Int
    /// Whether early stopping ended the run before its last epoch.
    public let stoppedEarly: Bool
    /// The predictions on the split.
    public let confusion: ConfusionMatrix

    var json: JSONValue {
        .object([
            "split": .string(split.rawValue), "loss": .number(loss), "accuracy": .number(accuracy),
            "best_epoch": .integer(bestEpoch), "stopped_early": .bool(stoppedEarly),
            "confusion": confusion.json,
        ])
    }
}

extension RunResult {
    /// Reads the result of a run with `classes` classes.
    init(_ json: JSONValue, classes: Int) throws(JSONProblem) {
        var object = try JSONObject(json)
        split = try object.text("split", "train, validation or test", Split.init(rawValue:))
        loss = try object.number("loss", in: 0...Double.greatestFiniteMagnitude)
        accuracy = try object.number("accuracy", in: 0...1)
        bestEpoch = try object.integer("best_epoch", in: Recipe.epochRange)
        stoppedEarly = try object.bool("stopped_early")
        confusion = ConfusionMatrix(
            rows: try object.matrix(
                "confusion", rows: classes, columns: classes, in: 0...Int(UInt32.max)))
        try object.finish()
    }
}

/// A run, read from its folder.
public struct RunRecord: Sendable {
    /// Path of the run folder.
    public let folder: String
    /// The model after the last finished epoch.
    public let model: ModelDescription
    /// The finished epochs, in order.
    public let epochs: [EpochMetrics]
    /// `nil` until the run has ended.
    public let result: RunResult?

    /// Reads a run folder.
    ///
    /// - Throws: ``TrainingError`` if it has no finished epoch or is damaged, `StorageError` if it cannot be read
    public init(contentsOf folder: String) throws {
        guard FileSystem.exists("\(folder)/\(RunFolder.checkpointName)") else {
            guard FileSystem.exists("\(folder)/\(RunFolder.recipeName)") else {
                throw TrainingError.noRun(path: folder)
            }
            throw TrainingError.notARun(folder: folder, reason: "it has no finished epoch")
        }
        let checkpoint = try Checkpoint(reading: "\(folder)/\(RunFolder.checkpointName)")
        self.folder = folder
        model = checkpoint.description
        epochs = checkpoint.epochs
        let path = "\(folder)/\(RunResult.fileName)"
        guard FileSystem.exists(path) else {
            result = nil
            return
        }
        do {
            let document = try JSONValue(parsing: try FileSystem.read(path, limit: RunResult.lengthLimit))
            result = try RunResult(document, classes: model.classes.count)
        } catch let problem as JSONProblem {
            throw TrainingError.notARun(
                folder: folder, reason: "\(RunResult.fileName) is damaged: \(problem.reason)")
        }
    }
}
