// What a run folder tells about its run, during and after it.

public import Dataset
internal import Foundation
internal import Shards

/// How the best model did on a split at the end of a run.
public struct RunResult: Sendable, Codable, Equatable {
    static let fileName = "result.json"

    public let split: Split
    public let loss: Double
    /// From 0 to 1.
    public let accuracy: Double
    public let bestEpoch: Int
    public let stoppedEarly: Bool
    /// Samples by true label, then by predicted label.
    public let confusion: [[Int]]

    enum CodingKeys: String, CodingKey {
        case split, loss, accuracy, confusion
        case bestEpoch = "best_epoch"
        case stoppedEarly = "stopped_early"
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
            result = try JSONValue(parsing: try FileSystem.read(path)).decoded()
        } catch {
            throw TrainingError.notARun(folder: folder, reason: "\(RunResult.fileName) is damaged")
        }
    }
}
