// When the training loop reports its progress.

internal import Storage

/// Ticks ten times a second at most.
struct ReportClock {
    private let start: Double
    private var last: Double

    init(_ start: Double) { (self.start, last) = (start, start) }

    /// Seconds since the start, when it is time to report.
    mutating func tick() -> Double? {
        let now = monotonicSeconds()
        guard now - last >= 0.1 else { return nil }
        last = now
        return now - start
    }
}
