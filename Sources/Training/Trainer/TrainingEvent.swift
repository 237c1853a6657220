// What a run reports: steps, epochs, and how it ended.

/// What happens while a run goes on.
public enum TrainingEvent: Sendable {
    /// Within an epoch: steps done, and the scores of the epoch so far.
    case step(StepProgress)
    /// After an epoch, its model saved if it is the best so far.
    case epoch(EpochMetrics, isBest: Bool)
}

/// Where an epoch stands.
public struct StepProgress: Sendable {
    /// From 1.
    public let epoch: Int
    public let epochs: Int
    public let step: Int
    public let steps: Int
    public let train: SplitMetrics
    public let samplesPerSecond: Double
    /// Seconds since the epoch began.
    public let seconds: Double
}

/// How a run ended.
public struct TrainingResult: Sendable {
    public let epochs: [EpochMetrics]
    /// The epoch of the best model.
    public let best: EpochMetrics
    /// The best model on the test split, which is looked at only now; `nil` if it is empty.
    public let test: Evaluation?
    /// Path of the best model.
    public let model: String
    /// Whether patience ended the run before its last epoch.
    public let stoppedEarly: Bool
}
