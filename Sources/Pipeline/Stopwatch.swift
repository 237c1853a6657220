// Where the time goes: seconds of work per stage, summed over workers. Never an input to data.

internal import Foundation

/// Seconds since some fixed moment, from the monotonic clock.
public func monotonicSeconds() -> Double {
    var time = timespec()
    clock_gettime(CLOCK_MONOTONIC, &time)
    return Double(time.tv_sec) + Double(time.tv_nsec) * 1e-9
}

/// Seconds of work, by what it was for.
public struct StageTimes: Sendable {
    /// The kinds of work, in the order of the flow.
    public enum Stage: String, Sendable, CaseIterable {
        case read, wait, decode, transform, measure, digest, store, plan, write
    }

    public private(set) var seconds: [Stage: Double] = [:]
    private var last = monotonicSeconds()

    public init() {}

    /// Starts a measurement.
    mutating func start() { last = monotonicSeconds() }

    /// Adds the time since the last mark to `stage`.
    mutating func mark(_ stage: Stage) {
        let now = monotonicSeconds()
        seconds[stage, default: 0] += now - last
        last = now
    }

    mutating func add(_ other: StageTimes) {
        seconds.merge(other.seconds, uniquingKeysWith: +)
    }
}
