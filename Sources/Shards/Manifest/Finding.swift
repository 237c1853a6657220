// Something about a dataset that its owner should look at before training on it.

internal import Dataset
internal import Storage

/// A quality finding and the samples that it applies to. Findings describe; by themselves they leave nothing out.
public struct Finding: Sendable, Equatable {
    /// A stable identifier such as `blank`; `--drop` takes most of them.
    public var name: String
    /// The rule in words.
    public var rule: String
    /// The number in the rule.
    public var threshold: Double
    /// Number of samples that it applies to.
    public var samples: Int
    /// Ids of up to 60 of these samples, the clearest first; empty for findings with `groups` or `classes`.
    public var examples: [UInt32]
    /// For findings about samples that belong together: up to 60 groups of up to 60 ids, the clearest first.
    public var groups: [[UInt32]]?
    /// For findings about classes: their names.
    public var classes: [String]?
    /// Number of samples that `--drop` or `--leaks` left out because of it; `rejected.csv` lists them.
    public var dropped: Int

    /// Enough examples to see what is meant, few enough for a manifest.
    package static let exampleLimit = 60

    package init(
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

    /// Reads a finding from a manifest.
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
