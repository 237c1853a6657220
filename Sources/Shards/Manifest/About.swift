// What the authors of a dataset say about it, for its metadata.

internal import Dataset
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
        case "date": isDate(value)
        case "url", "sources": isURL(value)
        case "license": isURL(value) || value.wholeMatch(of: /[A-Za-z][A-Za-z0-9.+-]+/) != nil
        case "creators": !value.isEmpty && !value.contains(where: \.isNewline)
        default: !value.isEmpty
        }
    }

    /// Without the characters that RFC 3986 excludes.
    private static func isURL(_ value: String) -> Bool {
        value.wholeMatch(of: /https?:\/\/[A-Za-z0-9\-._~:\/?#@!$&'*+,;=%]+/) != nil
    }

    /// Whether it is a day of the Gregorian calendar, as ISO 8601 writes it.
    private static func isDate(_ value: String) -> Bool {
        guard let match = value.wholeMatch(of: /([0-9]{4})-([0-9]{2})-([0-9]{2})/),
            let year = Int(match.1), let month = Int(match.2), let day = Int(match.3),
            (1...12).contains(month)
        else { return false }
        let isLeap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0)
        let days = [31, isLeap ? 29 : 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31]
        return (1...days[month - 1]).contains(day)
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
            self[keyPath: path] = Self.text(members[Key(utf8: key)], for: key)
        }
        for (key, path) in Self.lists {
            guard case .array(let values) = members[Key(utf8: key)] else { continue }
            self[keyPath: path] = values.compactMap { Self.text($0, for: key) }
        }
    }

    /// A value that a pipeline may have, without characters that steer what shows it: the manifest may be a stranger's.
    private static func text(_ value: JSONValue?, for key: String) -> String? {
        guard case .string(let text)? = value, isValid(text, for: key) else { return nil }
        return text.visible(lines: true)
    }
}

extension Manifest {
    /// What the pipeline says about the dataset.
    package var about: About {
        guard case .object(let members) = configuration else { return About() }
        return About(members["about"])
    }
}
