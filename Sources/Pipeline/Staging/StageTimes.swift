// How long staging takes for each kind of work.

internal import Storage

/// Seconds of staging by kind of work, summed over workers.
public struct StageTimes: Sendable {
    /// The kinds of work, in the order of the flow; `open` is opening inputs, and `wait` is waiting for another worker that
    /// opens or reads one.
    public enum Stage: String, Sendable, CaseIterable {
        case open, read, wait, decode, transform, measure, digest, store
    }

    /// Seconds per kind; kinds that did not occur are missing.
    public private(set) var seconds: [Stage: Double] = [:]
    private var watch = Stopwatch()

    init() {}

    /// Forgets the time since the last mark.
    mutating func start() { watch = Stopwatch() }

    /// Adds the time since the last mark to `stage`.
    mutating func mark(_ stage: Stage) { seconds[stage, default: 0] += watch.lap() }

    mutating func add(_ other: StageTimes) {
        seconds.merge(other.seconds, uniquingKeysWith: +)
    }
}
