// One kind of trouble in a dataset: the rule, how often it applies, and examples.

/// A quality finding, or anything else that is told with a rule, a count and pictures.
public struct Finding: Sendable {
    /// As `--drop` and `dataset.json` call it, such as `blank`.
    public var identifier: String
    /// For people, such as “Nearly blank images”.
    public var title: String
    /// What is looked for, in a sentence.
    public var rule: String
    /// The limit that the rule applies, with its unit, such as “deviation below 0.02”; empty if it has none.
    public var threshold: String
    /// Samples concerned.
    public var count: Int
    /// Some of them; those that belong together, as near-duplicates do, in one group.
    public var examples: [[SampleView]]

    public init(
        identifier: String, title: String, rule: String, threshold: String, count: Int,
        examples: [[SampleView]]
    ) {
        self.identifier = identifier
        self.title = title
        self.rule = rule
        self.threshold = threshold
        self.count = count
        self.examples = examples
    }
}
