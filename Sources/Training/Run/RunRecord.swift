// What a run folder tells about its run, during and after it.

public import Dataset
internal import Shards

/// How the best model did on a split at the end of a run.
public struct RunResult: Sendable, Equatable {
    static let fileName = "result.json"

    public let split: Split
    public let loss: Double
    /// From 0 to 1.
    public let accuracy: Double
    public let bestEpoch: Int
    public let stoppedEarly: Bool
    /// Samples by true label, then by predicted label.
    public let confusion: [[Int]]

    var json: JSONValue {
        .object([
            "split": .string(split.rawValue), "loss": .number(loss), "accuracy": .number(accuracy),
            "best_epoch": .integer(bestEpoch), "stopped_early": .bool(stoppedEarly),
            "confusion": .array(confusion.map { .array($0.map { .integer($0) }) }),
        ])
    }
}

extension RunResult {
    /// Takes the result of a run whose model knows `classes` classes.
    init(_ json: JSONValue, classes: Int) throws(JSONProblem) {
        var object = try JSONObject(json)
        split = try object.text("split", "train, validation or test", Split.init(rawValue:))
        loss = try object.number("loss", in: 0...Double.greatestFiniteMagnitude)
        accuracy = try object.number("accuracy", in: 0...1)
        bestEpoch = try object.integer("best_epoch", in: Recipe.epochRange)
        stoppedEarly = try object.bool("stopped_early")
        confusion = try object.matrix("confusion", rows: classes, columns: classes, in: 0...Int(UInt32.max))
        try object.finish()
    }
}

/// A run, read from its folder.
public struct RunRecord: Sendable {
    public let folder: String
    /// Of its last finished epoch.
    public let model: ModelDescription
    public let epochs: [EpochMetrics]
    /// `nil` until the run has ended.
    public let result: RunResult?

    public init(contentsOf folder: String) throws {
        guard FileSystem.exists("\(folder)/\(RunFolder.checkpointName)") else {
            throw TrainingError.notARun(folder: folder, reason: "no epoch has ended in it")
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
            let document = try JSONValue(parsing: try FileSystem.read(path))
            result = try RunResult(document, classes: model.classes.count)
        } catch let problem as JSONProblem {
            throw TrainingError.notARun(
                folder: folder, reason: "\(RunResult.fileName) is damaged: \(problem.reason)")
        }
    }
}
