// Something about a dataset that its owner should look at before training on it.

internal import Dataset

/// One kind of quality finding, with the samples it was found in. Findings describe; they drop nothing by
/// themselves.
public struct Finding: Sendable, Equatable {
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

extension Finding {
    var json: JSONValue {
        var members: [Key: JSONValue] = [
            "name": .string(name), "rule": .string(rule), "threshold": .number(threshold),
            "samples": .integer(samples), "examples": Self.json(examples),
            "dropped": .integer(dropped),
        ]
        if let groups { members["groups"] = .array(groups.map(Self.json)) }
        if let classes { members["classes"] = .strings(classes) }
        return .object(members)
    }

    private static func json(_ ids: [UInt32]) -> JSONValue { .array(ids.map { .integer(Int($0)) }) }

    /// Takes a finding from the manifest of a dataset.
    init(
        _ object: inout JSONObject, samples total: Int, classes known: ClassNames
    ) throws(JSONProblem) {
        let ids = 0...total - 1
        name = try object.text("name", "the name of a finding") { validDatasetName($0) }
        rule = try object.text("rule")
        threshold = try object.number("threshold", in: -1e9...1e9)
        samples = try object.integer("samples", in: 0...total)
        dropped = try object.integer("dropped", in: 0...Manifest.Limit.samples)
        examples = try object.integers("examples", in: ids).map { UInt32($0) }
        guard examples.count <= Self.exampleLimit else {
            throw object.problem("examples", "a list of at most \(Self.exampleLimit) ids")
        }
        if let value = object.takeIfPresent("groups") {
            groups = try Self.groups(value, ids, object)
        }
        if let value = object.takeIfPresent("classes") {
            guard case .array(let names) = value,
                names.allSatisfy({ $0.text.map { known[$0] != nil } ?? false })
            else { throw object.problem("classes", "a list of the dataset's classes") }
            classes = names.compactMap(\.text)
        }
    }

    private static func groups(
        _ value: JSONValue, _ ids: ClosedRange<Int>, _ object: JSONObject
    ) throws(JSONProblem) -> [[UInt32]] {
        let problem = object.problem("groups", "at most \(exampleLimit) lists of at most \(exampleLimit) ids")
        guard case .array(let items) = value, items.count <= exampleLimit else { throw problem }
        var groups: [[UInt32]] = []
        for item in items {
            guard case .array(let members) = item, members.count <= exampleLimit,
                members.allSatisfy({ $0.integer.map(ids.contains) ?? false })
            else { throw problem }
            groups.append(members.compactMap { $0.integer.map { UInt32($0) } })
        }
        return groups
    }
}
