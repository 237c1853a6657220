// What the authors of a dataset say about it, for its metadata.

package import Dataset
package import Storage

/// Licence, authors and the like. None of it changes the data.
public struct About: Sendable, Equatable {
    /// A sentence or more.
    public var description: String?
    /// An identifier of SPDX, such as `CC-BY-4.0`, or a URL.
    public var license: String?
    /// Names of people or organisations.
    public var creators: [String] = []
    /// How to cite it, BibTeX if possible.
    public var citation: String?
    /// Its page.
    public var url: String?
    /// When it was published: `2026-11-27`.
    public var date: String?
    /// Where its images come from: URLs.
    public var sources: [String] = []

    /// Nothing known.
    public init() {}

    package typealias Text = any WritableKeyPath<About, String?> & Sendable
    package typealias List = any WritableKeyPath<About, [String]> & Sendable

    /// The keys of a pipeline with one value.
    package static let texts: [(key: String, path: Text)] = [
        ("description", \.description), ("license", \.license), ("citation", \.citation), ("url", \.url),
        ("date", \.date),
    ]
    /// The keys with a list of values.
    package static let lists: [(key: String, path: List)] = [
        ("creators", \.creators), ("sources", \.sources),
    ]

    /// Whether `value` can stand for `key`.
    package static func isValid(_ value: String, for key: String) -> Bool {
        switch key {
        case "date": value.wholeMatch(of: /[0-9]{4}-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])/) != nil
        case "url", "sources": value.wholeMatch(of: /https?:\/\/[^\s]+/) != nil
        case "license": value.wholeMatch(of: /https?:\/\/[^\s]+|[A-Za-z0-9.+-]+/) != nil
        default: !value.isEmpty
        }
    }

    /// What `isValid` accepts, in words.
    package static func notation(_ key: String) -> String {
        switch key {
        case "date": "a date, such as 2026-11-27"
        case "url", "sources": "a URL that begins with https://"
        case "license": "an SPDX identifier, such as CC-BY-4.0, or a URL"
        default: "a text"
        }
    }

    /// What `other` says, and this where that says nothing.
    package func overridden(by other: About) -> About {
        var result = self
        for (_, path) in Self.texts { result[keyPath: path] = other[keyPath: path] ?? result[keyPath: path] }
        for (_, path) in Self.lists where !other[keyPath: path].isEmpty {
            result[keyPath: path] = other[keyPath: path]
        }
        return result
    }

    /// With the keys of a pipeline; `nil` if nothing is known.
    package var json: JSONValue? {
        var members: [Key: JSONValue] = [:]
        for (key, path) in Self.texts {
            if let value = self[keyPath: path] { members[Key(utf8: key)] = .string(value) }
        }
        for (key, path) in Self.lists where !self[keyPath: path].isEmpty {
            members[Key(utf8: key)] = .strings(self[keyPath: path])
        }
        return members.isEmpty ? nil : .object(members)
    }

    /// Reads what `json` writes; what is of another kind counts as unknown.
    package init(_ json: JSONValue?) {
        guard case .object(let members) = json else { return }
        for (key, path) in Self.texts {
            if case .string(let value) = members[Key(utf8: key)] { self[keyPath: path] = value }
        }
        for (key, path) in Self.lists {
            guard case .array(let values) = members[Key(utf8: key)] else { continue }
            self[keyPath: path] = values.compactMap { if case .string(let value) = $0 { value } else { nil } }
        }
    }
}

extension Manifest {
    /// What the pipeline says about the dataset.
    package var about: About {
        guard case .object(let members) = configuration else { return About() }
        return About(members["about"])
    }
}
