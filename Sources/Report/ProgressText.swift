// One line of progress: how far, how many, how fast, how long still.

/// A moment of a long job, as a line of text.
public struct ProgressText: Sendable {
    public var title: String
    /// 0...1
    public var fraction: Double
    public var count: Int
    public var unit: String
    /// Since the job began.
    public var seconds: Double

    public init(title: String, fraction: Double, count: Int, unit: String, seconds: Double) {
        self.title = title
        self.fraction = fraction
        self.count = count
        self.unit = unit
        self.seconds = seconds
    }

    /// At most `width` characters.
    public func line(width: Int) -> String {
        let rate = Double(count) / max(seconds, 1e-3)
        let left = fraction > 0.01 ? "\(TextStyle.duration(seconds / fraction * (1 - fraction))) left" : ""
        let bar = TextBar.bar(fraction, width: 24)
        let padded = bar + String(repeating: " ", count: 24 - bar.count)
        let text =
            "\(title)  \(padded) \(TextStyle.percent(fraction, 0))  \(TextStyle.count(count)) \(unit)  \(TextStyle.rate(rate))  \(left)"
        return String(text.prefix(max(width - 1, 20)))
    }
}
