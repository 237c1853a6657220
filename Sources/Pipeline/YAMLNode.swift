// A YAML node together with its file, so that every complaint names file, line and what is allowed.

internal import Dataset
internal import Yams

/// A value in a YAML file.
struct YAMLNode {
    let node: Node
    let file: String
    /// Where it stands, for messages: `resize`, `split.ratios`.
    let name: String

    /// Parses `text`; `nil` for an empty document.
    static func parse(_ text: String, file: String) throws(PipelineError) -> YAMLNode? {
        do {
            return try Yams.compose(yaml: text).map { YAMLNode(node: $0, file: file, name: "the file") }
        } catch let error as YamlError {
            throw .configuration(file: file, line: line(of: error), reason: reason(of: error))
        } catch {
            throw .configuration(file: file, line: nil, reason: "\(error)")
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

    func error(_ reason: String) -> PipelineError {
        .configuration(file: file, line: node.mark?.line, reason: reason)
    }

    /// The members of a mapping, all of whose keys must be among `allowed`.
    func members(_ allowed: [String]) throws(PipelineError) -> [String: YAMLNode] {
        guard case .mapping(let mapping) = node else {
            throw error("\(name) must hold keys and values: \(allowed.joined(separator: ", "))")
        }
        var members: [String: YAMLNode] = [:]
        for (key, value) in mapping {
            let keyName = key.string ?? "?"
            guard allowed.contains(keyName) else {
                throw .configuration(
                    file: file, line: key.mark?.line,
                    reason: "unknown key “\(keyName)” in \(name); allowed: \(allowed.joined(separator: ", "))"
                )
            }
            members[keyName] = YAMLNode(node: value, file: file, name: keyName)
        }
        return members
    }

    /// The items of a list.
    func items() throws(PipelineError) -> [YAMLNode] {
        guard case .sequence(let sequence) = node else { throw error("\(name) must be a list") }
        return sequence.map { YAMLNode(node: $0, file: file, name: name) }
    }

    /// The text of a scalar.
    func text() throws(PipelineError) -> String {
        guard case .scalar(let scalar) = node else { throw error("\(name) must be a single value") }
        return scalar.string
    }

    /// A scalar that `parse` accepts; `expected` says which those are.
    func value<T>(_ expected: String, _ parse: (String) -> T?) throws(PipelineError) -> T {
        let text = try text()
        guard let value = parse(text) else { throw error("\(name): “\(text)” is not \(expected)") }
        return value
    }

    func choice<T: CaseIterable & RawRepresentable<String>>(_ type: T.Type) throws(PipelineError) -> T {
        try value("one of \(T.allCases.map(\.rawValue).joined(separator: ", "))", T.init(rawValue:))
    }

    func bool() throws(PipelineError) -> Bool {
        try value("true or false") { ["true": true, "false": false][$0] }
    }

    func integer(_ range: ClosedRange<Int>) throws(PipelineError) -> Int {
        try value("a whole number from \(range.lowerBound) to \(range.upperBound)") { text in
            Int(text).flatMap { range.contains($0) ? $0 : nil }
        }
    }

    func number(_ range: ClosedRange<Double>) throws(PipelineError) -> Double {
        try value("a number from \(range.lowerBound) to \(range.upperBound)") { text in
            Double(text).flatMap { range.contains($0) ? $0 : nil }
        }
    }
}
