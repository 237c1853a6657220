// The clock, which measures how long work takes. Data never depends on it.

internal import Foundation

/// Seconds since a fixed moment of this machine, from the monotonic clock.
package func monotonicSeconds() -> Double {
    var time = timespec()
    clock_gettime(CLOCK_MONOTONIC, &time)
    return Double(time.tv_sec) + Double(time.tv_nsec) * 1e-9
}

/// Measures one piece of work after the other.
package struct Stopwatch: Sendable {
    private var last = monotonicSeconds()

    package init() {}

    /// Seconds since the last call, or since the beginning.
    package mutating func lap() -> Double {
        let now = monotonicSeconds()
        defer { last = now }
        return now - last
    }
}
