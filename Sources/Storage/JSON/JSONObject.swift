// Reads JSON with checks: each member is taken once, together with the range that it must lie in.

package import Dataset

/// The members of an object from outside. Taking a member checks that it exists and is in range; `finish` checks
/// that no member is left.
package struct JSONObject {
    private var members: [Key: JSONValue]
    /// The object's path in the document, for messages, such as `splits.train`.
    private let path: String

    package init(_ value: JSONValue, at path: String = "") throws(JSONProblem) {
        guard case .object(let members) = value else {
            throw JSONProblem("\(path.isEmpty ? "it" : "“\(path)”") is not an object")
        }
        self.members = members
        self.path = path
    }

    /// The path of a member, for messages.
    package func place(_ name: String) -> String {
        path.isEmpty ? name.visible() : "\(path).\(name.visible())"
    }

    /// The error for a member that is not what was expected.
    package func problem(_ name: String, _ expected: String) -> JSONProblem {
        JSONProblem("“\(place(name))” is not \(expected)")
    }

    package func has(_ name: String) -> Bool { members[Key(utf8: name)] != nil }

    package mutating func takeIfPresent(_ name: String) -> JSONValue? {
        members.removeValue(forKey: Key(utf8: name))
    }

    package mutating func take(_ name: String) throws(JSONProblem) -> JSONValue {
        guard let value = takeIfPresent(name) else { throw JSONProblem("“\(place(name))” is missing") }
        return value
    }

    package mutating func integer(_ name: String, in range: ClosedRange<Int>) throws(JSONProblem) -> Int {
        guard let value = try take(name).integer, range.contains(value) else {
            throw problem(
                name,
                range.lowerBound == range.upperBound
                    ? "\(range.lowerBound)" : "a whole number from \(range.lowerBound) to \(range.upperBound)"
            )
        }
        return value
    }

    /// Any unsigned 64-bit number.
    package mutating func unsigned(_ name: String) throws(JSONProblem) -> UInt64 {
        switch try take(name) {
        case .integer(let value) where value >= 0: return UInt64(value)
        case .unsigned(let value): return value
        default: throw problem(name, "a whole number from 0")
        }
    }

    package mutating func number(
        _ name: String, in range: ClosedRange<Double>
    ) throws(JSONProblem) -> Double {
        guard let value = try take(name).double, range.contains(value) else {
            throw problem(name, "a number from \(range.lowerBound) to \(range.upperBound)")
        }
        return value
    }

    package mutating func bool(_ name: String) throws(JSONProblem) -> Bool {
        guard case .bool(let value) = try take(name) else { throw problem(name, "true or false") }
        return value
    }

    package mutating func text(_ name: String) throws(JSONProblem) -> String {
        guard case .string(let value) = try take(name) else { throw problem(name, "a string") }
        return value
    }

    /// A string that `parse` accepts; `expected` describes the accepted ones in errors.
    package mutating func text<T>(
        _ name: String, _ expected: String, _ parse: (String) -> T?
    ) throws(JSONProblem) -> T {
        guard case .string(let text) = try take(name), let value = parse(text) else {
            throw problem(name, expected)
        }
        return value
    }

    package mutating func digest(_ name: String) throws(JSONProblem) -> Digest {
        try text(name, "a SHA-256 in 64 hexadecimal digits", Digest.init(hex:))
    }

    package mutating func object(_ name: String) throws(JSONProblem) -> JSONObject {
        try JSONObject(try take(name), at: place(name))
    }

    package mutating func list(_ name: String) throws(JSONProblem) -> [JSONValue] {
        guard case .array(let values) = try take(name) else { throw problem(name, "a list") }
        return values
    }

    /// A list of objects, each read by `read`.
    package mutating func list<T>(
        _ name: String, of read: (inout JSONObject) throws(JSONProblem) -> T
    ) throws(JSONProblem) -> [T] {
        var items: [T] = []
        for (index, value) in try list(name).enumerated() {
            var object = try JSONObject(value, at: "\(place(name))[\(index)]")
            items.append(try read(&object))
            try object.finish()
        }
        return items
    }

    package mutating func integers(_ name: String, in range: ClosedRange<Int>) throws(JSONProblem) -> [Int] {
        let values = try list(name).map(\.integer)
        guard values.allSatisfy({ $0.map(range.contains) ?? false }) else {
            throw problem(name, "a list of whole numbers from \(range.lowerBound) to \(range.upperBound)")
        }
        return values.compactMap { $0 }
    }

    /// A list of `rows` lists of `columns` whole numbers.
    package mutating func matrix(
        _ name: String, rows: Int, columns: Int, in range: ClosedRange<Int>
    ) throws(JSONProblem) -> [[Int]] {
        var matrix: [[Int]] = []
        for value in try list(name) {
            guard case .array(let items) = value, items.count == columns,
                items.allSatisfy({ $0.integer.map(range.contains) ?? false })
            else { throw problem(name, "\(rows) rows of \(columns) whole numbers") }
            matrix.append(items.compactMap(\.integer))
        }
        guard matrix.count == rows else { throw problem(name, "\(rows) rows of \(columns) whole numbers") }
        return matrix
    }

    package mutating func texts(_ name: String) throws(JSONProblem) -> [String] {
        let values = try list(name).map(\.text)
        guard values.allSatisfy({ $0 != nil }) else { throw problem(name, "a list of strings") }
        return values.compactMap { $0 }
    }

    /// - Throws: if a member is left
    package func finish() throws(JSONProblem) {
        if let name = members.keys.min() {
            throw JSONProblem("“\(place(name.text.excerpt))” is unknown")
        }
    }
}

extension JSONValue {
    /// A whole number that fits `Int`.
    package var integer: Int? {
        if case .integer(let value) = self { value } else { nil }
    }

    /// Any number.
    package var double: Double? {
        switch self {
        case .integer(let value): Double(value)
        case .unsigned(let value): Double(value)
        case .number(let value): value
        default: nil
        }
    }

    package var text: String? {
        if case .string(let text) = self { text } else { nil }
    }
}
