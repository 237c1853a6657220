// How offline augmentation is written: the keys of an augmentation, and the number of copies.

internal import Configuration
internal import Dataset
internal import Imaging
internal import Storage

extension PipelineConfiguration.AugmentedCopies {
    private static let copiesKey = AugmentationKey("copies", .whole(1...255))

    /// Parses `rotate=10,shift=2,copies=1`; `copies` defaults to 1.
    package init(text: String) throws {
        let (augmentation, texts) = try Augmentation.parse(text, option: "--augment", extra: [Self.copiesKey])
        self.init(augmentation, copies: texts["copies"].flatMap { Int($0) } ?? 1)
    }

    init(_ node: YAMLNode) throws(ConfigurationError) {
        let members = try node.members(Augmentation.yamlKeys + ["copies"])
        self.init(
            try Augmentation(members), copies: try members["copies"]?.integer(1...255) ?? 1)
    }

    /// As in a YAML file.
    var definition: JSONValue {
        var members: [Key: JSONValue] = ["copies": .integer(copies)]
        for (key, text) in augmentation.texts { members[Key(utf8: key.name)] = key.definition(text) }
        if let order = augmentation.order { members["order"] = .strings(order) }
        var shares: [Key: JSONValue] = [:]
        for (name, share) in augmentation.probabilities { shares[Key(utf8: name)] = .number(share) }
        if !shares.isEmpty { members["probability"] = .object(shares) }
        return .object(members)
    }
}

extension AugmentationKey {
    fileprivate func definition(_ text: String) -> JSONValue {
        switch values {
        case .number, .whole: Double(text).map(JSONValue.number) ?? .string(text)
        case .choice, .pair: .string(text)
        }
    }
}
