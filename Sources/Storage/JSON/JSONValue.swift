// JSON values. Each has one canonical text, so that digests of JSON are well defined.

public import Dataset

/// Any JSON value. Whole numbers and fractions are separate cases, so that both survive a round trip.
public enum JSONValue: Sendable {
    case null
    case bool(Bool)
    case integer(Int)
    case unsigned(UInt64)
    case number(Double)
    case string(String)
    case array([JSONValue])
    /// Names are compared by bytes, so names that are equal as Swift strings can be two members.
    case object([Key: JSONValue])

    /// Text without white space, with sorted keys, the shortest numbers that round-trip and only necessary escapes, as
    /// Python's `json.dumps(v, sort_keys=True, separators=(",", ":"), ensure_ascii=False)` writes it.
    public var canonicalText: String {
        var text = ""
        write(to: &text, .compact)
        return text
    }

    /// The same as YAML, which forbids some characters that JSON allows in strings: there, they are escaped.
    package var yamlText: String {
        canonicalText { scalar in
            switch scalar.value {
            case 0x7F...0x9F, 0x2028, 0x2029, 0xFEFF, 0xFFFE, 0xFFFF: true
            default: false
            }
        }
    }

    /// The same, with escapes for characters that are invisible or steer the text around them.
    package var lineText: String { canonicalText { $0.isInvisibleControl } }

    /// Characters that are escaped here stand only in strings, where JSON allows it.
    private func canonicalText(escaping isEscaped: (Unicode.Scalar) -> Bool) -> String {
        var text = ""
        for scalar in canonicalText.unicodeScalars {
            if isEscaped(scalar) { text += Self.escape(scalar) } else { text.unicodeScalars.append(scalar) }
        }
        return text
    }

    /// The same values in the same order, for people: lists and objects that do not fit on a line take several, and
    /// characters that are invisible or steer the text around them are escaped.
    public var readableText: String {
        var text = ""
        write(to: &text, .broken(indent: 0))
        return text + "\n"
    }

    private enum Layout {
        /// Without white space.
        case compact
        /// On one line, with spaces after commas and colons.
        case line
        /// One member per line, but containers that fit on one line stay there.
        case broken(indent: Int)
    }

    private static let lineWidth = 110

    private func write(to text: inout String, _ layout: Layout) {
        switch self {
        case .null: text += "null"
        case .bool(let value): text += value ? "true" : "false"
        case .integer(let value): text += String(value)
        case .unsigned(let value): text += String(value)
        case .number(let value): text += Self.text(value)
        case .string(let value): Self.quote(value, to: &text, layout)
        case .array(let values):
            Self.write(values.map { (nil, $0) }, between: "[", "]", to: &text, narrowed(layout))
        case .object(let members):
            let sorted = members.sorted { $0.key < $1.key }
            Self.write(
                sorted.map { (String(decoding: $0.key.bytes, as: UTF8.self), $0.value) }, between: "{", "}",
                to: &text, narrowed(layout))
        }
    }

    /// `line` instead of `broken` where that is short enough.
    private func narrowed(_ layout: Layout) -> Layout {
        guard case .broken(let indent) = layout else { return layout }
        var line = ""
        write(to: &line, .line)
        return line.utf8.count + indent <= Self.lineWidth ? .line : layout
    }

    private static func write(
        _ items: [(key: String?, value: JSONValue)], between open: String, _ close: String,
        to text: inout String, _ layout: Layout
    ) {
        let (separator, colon, inner, end): (String, String, Layout, String)
        switch layout {
        case .compact: (separator, colon, inner, end) = (",", ":", .compact, "")
        case .line: (separator, colon, inner, end) = (", ", ": ", .line, "")
        case .broken(let indent):
            let newline = "\n" + String(repeating: " ", count: indent)
            (separator, colon, inner, end) = (",\(newline)  ", ": ", .broken(indent: indent + 2), newline)
        }
        text += open
        if case .broken = layout { text += separator.dropFirst() }
        for (index, item) in items.enumerated() {
            if index > 0 { text += separator }
            if let key = item.key {
                quote(key, to: &text, layout)
                text += colon
            }
            item.value.write(to: &text, inner)
        }
        text += end + close
    }

    private static func text(_ value: Double) -> String {
        // JSON has no infinities; whole values print without a fraction, as Python's ints do.
        guard value.isFinite else { return "null" }
        if value == value.rounded(), abs(value) < 1e15 { return String(Int64(value)) }
        return value.description
    }

    private static func quote(_ value: String, to text: inout String, _ layout: Layout) {
        text += "\""
        defer { text += "\"" }
        let last: UInt8 = if case .compact = layout { 0xFF } else { 0x7E }
        // Most strings, and all long ones.
        if value.utf8.allSatisfy({
            $0 >= 0x20 && $0 <= last && $0 != UInt8(ascii: "\"") && $0 != UInt8(ascii: "\\")
        }) {
            text += value
            return
        }
        for scalar in value.unicodeScalars {
            switch scalar {
            case "\"": text += "\\\""
            case "\\": text += "\\\\"
            case "\n": text += "\\n"
            case "\r": text += "\\r"
            case "\t": text += "\\t"
            case "\u{8}": text += "\\b"
            case "\u{C}": text += "\\f"
            case _ where scalar.value < 0x20 || last == 0x7E && scalar.isInvisibleControl:
                text += escape(scalar)
            default: text.unicodeScalars.append(scalar)
            }
        }
    }

    /// Of its UTF-16 code units.
    private static func escape(_ scalar: Unicode.Scalar) -> String {
        Character(scalar).utf16.map { unit in
            let hex = String(unit, radix: 16)
            return "\\u" + String(repeating: "0", count: 4 - hex.utf8.count) + hex
        }.joined()
    }
}

extension JSONValue: Equatable {
    /// Whether the canonical texts are equal: 2, 2.0 and an unsigned 2 are the same number.
    public static func == (a: JSONValue, b: JSONValue) -> Bool {
        a.canonicalText.utf8.elementsEqual(b.canonicalText.utf8)
    }
}

extension JSONValue {
    /// A list of strings.
    package static func strings(_ values: [String]) -> JSONValue { .array(values.map { .string($0) }) }
}
