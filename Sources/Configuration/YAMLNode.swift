// A YAML node that knows its file, so that every error names the file, the line and what is allowed.

internal import Dataset
package import Storage
internal import Yams

/// A value in a YAML file.
package struct YAMLNode {
    private let node: Node
    package let file: String
    /// What messages call it, usually its key.
    package let name: String

    private init(node: Node, file: String, name: String) {
        self.node = node
        self.file = file
        self.name = name
    }

    /// The longest text in bytes; the files in `recipes/` and `pipelines/` have up to four thousand.
    package static let lengthLimit = 64 << 10

    /// The most bytes of a configuration that prep wrote itself. Lists of class names may have a million.
    private static let recordLimit = 2 << 20

    /// Parses what ``JSONValue/yamlText`` wrote. Its texts are quoted, so it has no aliases.
    package static func parse(record: JSONValue, file: String) throws(ConfigurationError) -> YAMLNode? {
        let text = record.yamlText
        guard text.utf8.count <= recordLimit else {
            throw ConfigurationError(
                file: file, line: nil, reason: "a configuration of more than \(recordLimit) bytes")
        }
        return try compose(text, file: file)
    }

    static func tooLong(_ file: String) -> ConfigurationError {
        ConfigurationError(
            file: file, line: nil,
            reason: "longer than the limit of \(lengthLimit) bytes for pipelines and recipes")
    }

    /// Parses `text`; `nil` for an empty document.
    package static func parse(_ text: String, file: String) throws(ConfigurationError) -> YAMLNode? {
        guard text.utf8.count <= lengthLimit else { throw tooLong(file) }
        if let name = alias(in: text) {
            throw ConfigurationError(
                file: file, line: nil,
                reason: "“&\(name.excerpt)” and “*\(name.excerpt)”: write the value out instead of an alias")
        }
        return try compose(text, file: file)
    }

    private static func compose(_ text: String, file: String) throws(ConfigurationError) -> YAMLNode? {
        do {
            return try Yams.compose(yaml: text).map { YAMLNode(node: $0, file: file, name: "the file") }
        } catch let error as YamlError {
            throw ConfigurationError(file: file, line: line(of: error), reason: reason(of: error))
        } catch {
            throw ConfigurationError(file: file, line: nil, reason: "\(error)")
        }
    }

    /// A name that follows both `&` and `*` anywhere in `text` but in comments, as anchor and alias do. A list of aliases
    /// to lists of aliases is a short text with more values than any memory holds.
    private static func alias(in text: String) -> String? {
        let lines = text.utf8.split { $0 == UInt8(ascii: "\n") || $0 == UInt8(ascii: "\r") }
        let words = Array(lines.map(withoutComment).joined(separator: [UInt8(ascii: "\n")]))
        func names(after sign: UInt8) -> Set<[UInt8]> {
            let parts = words.split(separator: sign, omittingEmptySubsequences: false)
            return Set(parts.dropFirst().map { Array($0.prefix(while: isNameByte)) }.filter { !$0.isEmpty })
        }
        let shared = names(after: UInt8(ascii: "&")).intersection(names(after: UInt8(ascii: "*")))
        return shared.map { String(decoding: $0, as: UTF8.self) }.min()
    }

    /// A line up to its comment, if what follows `#` cannot end a quoted text that began before, nor the line: YAML has
    /// line breaks that are not ASCII.
    private static func withoutComment(_ line: Substring.UTF8View) -> Substring.UTF8View {
        func isBlank(_ byte: UInt8) -> Bool { byte == UInt8(ascii: " ") || byte == UInt8(ascii: "\t") }
        let unsafe = line.lastIndex { $0 > 127 || $0 == UInt8(ascii: "'") || $0 == UInt8(ascii: "\"") }
        let rest = line[(unsafe.map(line.index(after:)) ?? line.startIndex)...]
        let comment = rest.indices.first { index in
            line[index] == UInt8(ascii: "#")
                && (index == line.startIndex || isBlank(line[line.index(before: index)]))
        }
        return line[..<(comment ?? line.endIndex)]
    }

    /// Whether libyaml allows `byte` in the name of an anchor.
    private static func isNameByte(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "_"):
            true
        default: false
        }
    }

    private static func line(of error: YamlError) -> Int? {
        switch error {
        case .scanner(_, _, let mark, _), .parser(_, _, let mark, _), .composer(_, _, let mark, _): mark.line
        case .duplicatedKeysInMapping(_, let context): context.mark.line
        default: nil
        }
    }

    private static func reason(of error: YamlError) -> String {
        switch error {
        case .scanner(_, let problem, _, _), .parser(_, let problem, _, _), .composer(_, let problem, _, _):
            "not valid YAML: \(problem)"
        case .duplicatedKeysInMapping(let duplicates, _):
            "the same key twice: \(duplicates.joined(separator: ", "))"
        default: "not valid YAML"
        }
    }

    package func error(_ reason: String) -> ConfigurationError {
        ConfigurationError(file: file, line: node.mark?.line, reason: reason)
    }

    /// The members of a mapping, which may have only the keys in `allowed`.
    package func members(_ allowed: [String]) throws(ConfigurationError) -> [String: YAMLNode] {
        guard case .mapping(let mapping) = node else {
            throw error("\(name) must hold keys and values: \(allowed.joined(separator: ", "))")
        }
        var members: [String: YAMLNode] = [:]
        for (key, value) in mapping {
            let keyName = key.string ?? "?"
            guard allowed.contains(keyName) else {
                throw ConfigurationError(
                    file: file, line: key.mark?.line,
                    reason: Spelling.unknown("key", keyName, " in \(name)", allowed: allowed))
            }
            members[keyName] = YAMLNode(node: value, file: file, name: keyName)
        }
        return members
    }

    /// The members of a mapping with any keys; `nil` for anything else.
    package func pairs() throws(ConfigurationError) -> [(key: String, value: YAMLNode)]? {
        guard case .mapping(let mapping) = node else { return nil }
        var pairs: [(key: String, value: YAMLNode)] = []
        for (key, value) in mapping {
            guard let text = key.string else { throw error("\(name): its keys must be single values") }
            pairs.append((text, YAMLNode(node: value, file: file, name: "\(name): \(text.excerpt)")))
        }
        return pairs
    }

    /// The items of a list.
    package func items() throws(ConfigurationError) -> [YAMLNode] {
        guard case .sequence(let sequence) = node else { throw error("\(name) must be a list") }
        return sequence.map { YAMLNode(node: $0, file: file, name: name) }
    }

    /// The text of a scalar; `nil` for lists and mappings.
    package var scalar: String? {
        guard case .scalar(let scalar) = node else { return nil }
        return scalar.string
    }

    /// The same value under another name in messages.
    package func named(_ name: String) -> YAMLNode { YAMLNode(node: node, file: file, name: name) }

    /// The text of a scalar.
    package func text() throws(ConfigurationError) -> String {
        guard let scalar else { throw error("\(name) must be a single value") }
        return scalar
    }

    /// A scalar that `parse` accepts; `expected` describes the accepted ones in errors.
    package func value<T>(_ expected: String, _ parse: (String) -> T?) throws(ConfigurationError) -> T {
        try value(orSay: { "“\($0.excerpt)” is not \(expected)" }, parse)
    }

    /// The same with a description of what is wrong with the text.
    package func value<T>(
        orSay problem: (String) -> String, _ parse: (String) -> T?
    ) throws(ConfigurationError) -> T {
        let text = try text()
        guard let value = parse(text) else { throw error("\(name): \(problem(text))") }
        return value
    }

    package func choice<T: CaseIterable & RawRepresentable<String>>(_ type: T.Type) throws(ConfigurationError)
        -> T
    {
        try value(orSay: { Spelling.notOneOf(T.allCases.map(\.rawValue), $0) }, T.init(rawValue:))
    }

    package func bool() throws(ConfigurationError) -> Bool {
        try value("true or false") { ["true": true, "false": false][$0] }
    }

    package func integer(_ range: ClosedRange<Int>) throws(ConfigurationError) -> Int {
        let bounds = Double(range.lowerBound)...Double(range.upperBound)
        return try value(orSay: { Spelling.notBetween(bounds, $0, noun: "a whole number") }) { text in
            Int(text).flatMap { range.contains($0) ? $0 : nil }
        }
    }

    package func number(_ range: ClosedRange<Double>) throws(ConfigurationError) -> Double {
        try value(orSay: { Spelling.notBetween(range, $0) }) { text in
            Double(text).flatMap { range.contains($0) ? $0 : nil }
        }
    }

    /// Whether the value is `none`, `null`, `~` or empty.
    package var isNone: Bool {
        scalar.map { ["none", "null", "~", ""].contains($0) } ?? false
    }
}
