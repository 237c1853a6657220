// Reading what is said about a dataset: the key `about` of a pipeline.

package import Configuration
package import Shards

extension About {
    /// Reads a mapping. Throws an error that names the key and what it accepts.
    package init(_ node: YAMLNode) throws(ConfigurationError) {
        self.init()
        let members = try node.members(Self.texts.map(\.key) + Self.lists.map(\.key))
        func value(_ node: YAMLNode, _ key: String) throws(ConfigurationError) -> String {
            try node.value(Self.notation(key)) { Self.isValid($0, for: key) ? $0 : nil }
        }
        for (key, path) in Self.texts {
            if let node = members[key] { self[keyPath: path] = try value(node, key) }
        }
        for (key, path) in Self.lists {
            for node in try members[key]?.items() ?? [] { self[keyPath: path].append(try value(node, key)) }
        }
    }
}
