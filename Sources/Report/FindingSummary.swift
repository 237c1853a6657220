// One quality finding, as summaries show it.

/// Plain values of a quality finding.
public struct FindingSummary: Sendable {
    public var name: String
    /// Samples it applies to, and those that were left out for it.
    public var samples, dropped: Int
    /// The rule in words.
    public var rule: String

    public init(name: String, samples: Int, dropped: Int, rule: String) {
        self.name = name
        self.samples = samples
        self.dropped = dropped
        self.rule = rule
    }
}
