// How augmentation is written in YAML files and on the command line. Each operation lists its own keys.

internal import Dataset
package import Imaging

extension Augmentation {
    /// All keys of a YAML mapping.
    package static var yamlKeys: [String] { keys.map(\.name) + ["order", "probability"] }

    /// From the members of a YAML mapping; keys other than ``yamlKeys`` are ignored.
    package init(_ members: [String: YAMLNode]) throws(ConfigurationError) {
        var texts: [String: String] = [:]
        for key in Self.keys {
            if let node = members[key.name] { texts[key.name] = try key.read(node) }
        }
        let names = Self.names(of: texts.keys)
        var order: [String]?
        if let node = members["order"], !node.isNone {
            var listed: [String] = []
            for item in try node.items() { listed.append(try item.text()) }
            guard listed.sorted() == names.sorted() else {
                throw node.error("order must list each operation once: \(names.joined(separator: ", "))")
            }
            order = listed
        }
        var probabilities: [String: Double] = [:]
        if let node = members["probability"], !node.isNone {
            for (name, value) in try node.members(names) { probabilities[name] = try value.number(0...1) }
        }
        self.init(texts, order: order, probabilities: probabilities)
    }

    /// Parses `rotate=10,flip=horizontal`.
    ///
    /// - Parameter extra: keys that may occur too, and whose texts are the second result
    package static func parse(
        _ text: String, option: String, extra: [AugmentationKey] = []
    ) throws(ConfigurationError) -> (Augmentation, [String: String]) {
        func error(_ reason: String, in key: String = "") -> ConfigurationError {
            ConfigurationError(file: key.isEmpty ? option : "\(option) \(key)", line: nil, reason: reason)
        }
        let allowed = keys + extra
        let names = allowed.map(\.name)
        var texts: [String: String] = [:]
        for part in text.split(separator: ",", omittingEmptySubsequences: false) {
            let pair = part.split(separator: "=", omittingEmptySubsequences: false).map(String.init)
            guard pair.count == 2 else {
                throw error(
                    "“\(String(part).excerpt)” is not of the form rotate=10, with commas between several; "
                        + "allowed: \(names.joined(separator: ", "))")
            }
            guard let key = allowed.first(where: { $0.name == pair[0] }) else {
                throw error(Spelling.unknown("key", pair[0], allowed: names))
            }
            guard key.accepts(pair[1]) else {
                throw error(key.problem(pair[1]), in: key.name)
            }
            guard texts.updateValue(pair[1], forKey: key.name) == nil else {
                throw error("given twice", in: key.name)
            }
        }
        return (Augmentation(texts), texts.filter { text in extra.contains { $0.name == text.key } })
    }

    /// As YAML, in braces; reading it gives an equal augmentation.
    package var yaml: String {
        var members = texts.map { "\($0.key.name): \($0.text)" }
        if let order { members.append("order: [\(order.joined(separator: ", "))]") }
        let probabilities = probabilities.map { "\($0.name): \($0.value)" }
        if !probabilities.isEmpty {
            members.append("probability: {\(probabilities.joined(separator: ", "))}")
        }
        return "{\(members.joined(separator: ", "))}"
    }
}

extension AugmentationKey {
    /// The text of a scalar that this key accepts.
    fileprivate func read(_ node: YAMLNode) throws(ConfigurationError) -> String {
        try node.value(orSay: problem) { accepts($0) ? $0 : nil }
    }
}
