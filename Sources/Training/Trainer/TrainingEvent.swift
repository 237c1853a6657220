// What a run reports: steps, epochs, and how it ended.

/// An event during a run.
public enum TrainingEvent: Sendable {
    /// Some steps of an epoch are done.
    case step(StepProgress)
    /// A piece of an epoch is done, at most a fiftieth, whatever the time.
    case loss(LossPoint)
    /// An epoch has ended. Its model was saved if it is the best so far.
    case epoch(EpochMetrics, isBest: Bool)
}

/// The progress within an epoch.
public struct StepProgress: Sendable {
    /// The current epoch, from 1.
    public let epoch: Int
    /// Epochs of the whole run.
    public let epochs: Int
    /// Steps done in this epoch.
    public let step: Int
    /// Steps per epoch.
    public let steps: Int
    /// Mean loss and accuracy of the epoch so far.
    public let train: SplitMetrics
    /// Mean speed of the epoch so far.
    public let samplesPerSecond: Double
    /// Seconds since the epoch began.
    public let seconds: Double
}

/// How a run ended.
public struct TrainingResult: Sendable {
    /// All epochs, in order.
    public let epochs: [EpochMetrics]
    /// The epoch of the best model.
    public let best: EpochMetrics
    /// The evaluation of the best model on the test split, which is used only for this; `nil` if the split is empty.
    public let test: Evaluation?
    /// Path of the best model's file.
    public let model: String
    /// Whether early stopping ended the run before its last epoch.
    public let stoppedEarly: Bool
}
