// Parses JSON text strictly, because its values decide how much memory is allocated.

internal import Dataset

/// What is wrong with a JSON text or a value in it, as a sentence without the file's name.
package struct JSONProblem: Error, Equatable {
    package let reason: String

    package init(_ reason: String) { self.reason = reason }
}

extension JSONValue {
    /// Parses a text (RFC 8259). Refuses what many parsers accept: the same name twice in an object, half a surrogate
    /// pair, bytes that are not UTF-8, more than 64 levels of nesting.
    package init(parsing bytes: [UInt8]) throws(JSONProblem) {
        var parser = JSONParser(bytes)
        self = try parser.parse()
    }
}

private struct JSONParser {
    private let bytes: [UInt8]
    private var position = 0
    private var depth = 0

    private static let depthLimit = 64

    init(_ bytes: [UInt8]) { self.bytes = bytes }

    mutating func parse() throws(JSONProblem) -> JSONValue {
        let value = try value()
        skipSpace()
        guard position == bytes.count else { throw malformed("there is more text after its end") }
        return value
    }

    private func malformed(_ reason: String) -> JSONProblem {
        JSONProblem("malformed JSON at byte \(position): \(reason)")
    }

    private var next: UInt8? { position < bytes.count ? bytes[position] : nil }

    private mutating func skipSpace() {
        while let byte = next, byte == 0x20 || byte == 0x0A || byte == 0x0D || byte == 0x09 { position += 1 }
    }

    private mutating func skip(_ character: Character) -> Bool {
        guard next == character.asciiValue else { return false }
        position += 1
        return true
    }

    private mutating func skip(word: StaticString) -> Bool {
        let matches = word.withUTF8Buffer { bytes[position...].starts(with: $0) }
        if matches { position += word.utf8CodeUnitCount }
        return matches
    }

    private mutating func value() throws(JSONProblem) -> JSONValue {
        skipSpace()
        switch next {
        case UInt8(ascii: "{"): return try nested { (parser) throws(JSONProblem) in try parser.object() }
        case UInt8(ascii: "["): return try nested { (parser) throws(JSONProblem) in try parser.array() }
        case UInt8(ascii: "\""): return .string(String(decoding: try string(), as: UTF8.self))
        case UInt8(ascii: "t") where skip(word: "true"): return .bool(true)
        case UInt8(ascii: "f") where skip(word: "false"): return .bool(false)
        case UInt8(ascii: "n") where skip(word: "null"): return .null
        case UInt8(ascii: "-"): return try number()
        case let byte? where (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte): return try number()
        case nil: throw malformed("it ends too early")
        default: throw malformed("a value is expected here")
        }
    }

    private mutating func nested(
        _ body: (inout JSONParser) throws(JSONProblem) -> JSONValue
    ) throws(JSONProblem) -> JSONValue {
        guard depth < Self.depthLimit else {
            throw malformed("more than \(Self.depthLimit) levels of nesting")
        }
        depth += 1
        defer { depth -= 1 }
        position += 1
        return try body(&self)
    }

    private mutating func object() throws(JSONProblem) -> JSONValue {
        var members: [Key: JSONValue] = [:]
        skipSpace()
        if skip("}") { return .object(members) }
        repeat {
            skipSpace()
            guard next == UInt8(ascii: "\"") else { throw malformed("a name is expected here") }
            let name = Key(bytes: try string())
            skipSpace()
            guard skip(":") else { throw malformed("a colon must follow a name") }
            guard members.updateValue(try value(), forKey: name) == nil else {
                throw malformed("“\(name.text.excerpt)” appears twice")
            }
            skipSpace()
        } while skip(",")
        guard skip("}") else { throw malformed("a comma or } is expected here") }
        return .object(members)
    }

    private mutating func array() throws(JSONProblem) -> JSONValue {
        var values: [JSONValue] = []
        skipSpace()
        if skip("]") { return .array(values) }
        repeat {
            values.append(try value())
            skipSpace()
        } while skip(",")
        guard skip("]") else { throw malformed("a comma or ] is expected here") }
        return .array(values)
    }

    private mutating func number() throws(JSONProblem) -> JSONValue {
        let start = position
        _ = skip("-")
        let whole = digits()
        guard whole > 0, whole == 1 || bytes[position - whole] != UInt8(ascii: "0") else {
            throw malformed("not a number")
        }
        var isWhole = true
        if skip(".") {
            isWhole = false
            guard digits() > 0 else { throw malformed("not a number") }
        }
        if skip("e") || skip("E") {
            isWhole = false
            if !skip("+") { _ = skip("-") }
            guard digits() > 0 else { throw malformed("not a number") }
        }
        let text = String(decoding: bytes[start..<position], as: UTF8.self)
        if isWhole, let value = Int(text) { return .integer(value) }
        if isWhole, let value = UInt64(text) { return .unsigned(value) }
        guard let value = Double(text), value.isFinite else { throw malformed("a number out of range") }
        return .number(value)
    }

    private mutating func digits() -> Int {
        let start = position
        while let byte = next, (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) { position += 1 }
        return position - start
    }

    /// The UTF-8 of a string, with its escapes decoded.
    private mutating func string() throws(JSONProblem) -> [UInt8] {
        position += 1
        var text: [UInt8] = []
        while let byte = next {
            position += 1
            switch byte {
            case UInt8(ascii: "\""):
                guard String(validating: text, as: UTF8.self) != nil else { throw malformed("not UTF-8") }
                return text
            case UInt8(ascii: "\\"): text += try escape()
            case 0..<0x20: throw malformed("a control character in a string")
            default: text.append(byte)
            }
        }
        throw malformed("a string does not end")
    }

    private mutating func escape() throws(JSONProblem) -> [UInt8] {
        guard let byte = next else { throw malformed("it ends too early") }
        position += 1
        switch byte {
        case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): return [byte]
        case UInt8(ascii: "b"): return [0x08]
        case UInt8(ascii: "f"): return [0x0C]
        case UInt8(ascii: "n"): return [0x0A]
        case UInt8(ascii: "r"): return [0x0D]
        case UInt8(ascii: "t"): return [0x09]
        case UInt8(ascii: "u"):
            var units = [try unit()]
            if UTF16.isLeadSurrogate(units[0]), skip(word: "\\u") { units.append(try unit()) }
            guard let text = String(validating: units, as: UTF16.self) else {
                throw malformed("half a surrogate pair")
            }
            return Array(text.utf8)
        default: throw malformed("an unknown escape")
        }
    }

    private mutating func unit() throws(JSONProblem) -> UInt16 {
        let digits = bytes[position...].prefix(4)
        guard digits.count == 4, digits.allSatisfy({ UnicodeScalar($0).properties.isASCIIHexDigit }),
            let unit = UInt16(String(decoding: digits, as: UTF8.self), radix: 16)
        else { throw malformed("\\u needs four hexadecimal digits") }
        position += 4
        return unit
    }
}
