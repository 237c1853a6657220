// Something about a dataset that its owner should look at before training on it.

/// One kind of quality finding, with the samples it was found in. Findings describe; they drop nothing by
/// themselves.
public struct Finding: Codable, Sendable, Equatable {
    /// A stable identifier such as `blank`, which `--drop` takes.
    public var name: String
    /// The rule in words.
    public var rule: String
    /// The number in the rule.
    public var threshold: Double
    /// Samples that it applies to.
    public var samples: Int
    /// Ids of some of them, the clearest first; at most `exampleLimit`. Empty where `groups` or `classes` say more.
    public var examples: [UInt32]
    /// For findings about several samples together: ids of those that belong together, the clearest first; at
    /// most `exampleLimit` groups.
    public var groups: [[UInt32]]?
    /// For findings about classes: their names.
    public var classes: [String]?
    /// Samples that `--drop` left out for it, listed in `rejected.csv`.
    public var dropped: Int

    /// Enough to see what is meant, and few enough for a manifest.
    public static let exampleLimit = 60

    public init(
        name: String, rule: String, threshold: Double, samples: Int, examples: [UInt32] = [],
        groups: [[UInt32]]? = nil, classes: [String]? = nil, dropped: Int = 0
    ) {
        self.name = name
        self.rule = rule
        self.threshold = threshold
        self.samples = samples
        self.examples = examples
        self.groups = groups
        self.classes = classes
        self.dropped = dropped
    }
}
