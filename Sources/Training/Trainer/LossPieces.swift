// The course of the loss within an epoch.

/// The mean loss of train over a piece of an epoch.
public struct LossPoint: Sendable, Equatable {
    /// Where the piece ends, in epochs from the beginning of the run.
    public let epochs: Double
    /// Mean cross-entropy of its samples, in nats, with label smoothing as in training.
    public let loss: Double
}

/// Divides an epoch into at most fifty pieces of as many steps.
struct LossPieces {
    private let epoch: Int
    private let steps: Int
    private let length: Int
    private var score = Score()

    /// - Parameters:
    ///   - epoch: from 0
    ///   - steps: of the epoch
    init(epoch: Int, steps: Int) {
        (self.epoch, self.steps) = (epoch, steps)
        length = max((steps + 49) / 50, 1)
    }

    /// Adds a step, counted from 0.
    ///
    /// - Returns: the point that it completes
    mutating func add(_ part: Score, step: Int) -> LossPoint? {
        score = score + part
        guard (step + 1) % length == 0 || step + 1 == steps else { return nil }
        defer { score = Score() }
        return LossPoint(
            epochs: Double(epoch) + Double(step + 1) / Double(steps), loss: SplitMetrics(score).loss)
    }
}
