// Comma-separated values as RFC 4180 describes them, with LF line ends.

/// Writes rows.
package enum CSV {
    package static func append(_ field: String, to text: inout [UInt8]) {
        let special = field.utf8.contains { $0 == 0x2C || $0 == 0x22 || $0 == 0x0A || $0 == 0x0D }
        guard special else {
            text += field.utf8
            return
        }
        text.append(0x22)
        for byte in field.utf8 {
            if byte == 0x22 { text.append(0x22) }
            text.append(byte)
        }
        text.append(0x22)
    }

    package static func appendRow(_ fields: [String], to text: inout [UInt8]) {
        for (index, field) in fields.enumerated() {
            if index > 0 { text.append(0x2C) }
            append(field, to: &text)
        }
        text.append(0x0A)
    }
}

/// Reads a text row by row. Quoted fields may hold commas, quotes and line breaks.
package struct CSVReader {
    private let text: [UInt8]
    private let separator: UInt8
    private var position = 0

    package init(_ text: [UInt8], separator: UInt8 = UInt8(ascii: ",")) {
        (self.text, self.separator) = (text, separator)
    }

    /// A table as spreadsheets write it: with semicolons or tabs, other line ends, a last line without one, a byte
    /// order mark.
    package init(spreadsheet text: [UInt8]) {
        let lines = text.filter { $0 != UInt8(ascii: "\r") } + [UInt8(ascii: "\n")]
        let rows = lines.dropFirst(lines.starts(with: [0xEF, 0xBB, 0xBF]) ? 3 : 0)
        let separator = Self.separator(in: rows.prefix { $0 != UInt8(ascii: "\n") })
        self.init(Array(rows), separator: separator ?? UInt8(ascii: ","))
    }

    /// The separator that a first row uses: the most frequent of comma, semicolon and tab; `nil` if it has none.
    package static func separator(in row: some Sequence<UInt8>) -> UInt8? {
        let counts = [UInt8(ascii: ","), UInt8(ascii: ";"), UInt8(ascii: "\t")].map { separator in
            (separator, row.count { $0 == separator })
        }
        return counts.max { $0.1 < $1.1 }.flatMap { $0.1 > 0 ? $0.0 : nil }
    }

    /// The fields of the next row, without their quotes; `nil` at the end.
    ///
    /// - Throws: for a partly quoted field, an unclosed quote, or a last row without a line break
    package mutating func next() throws(CSVProblem) -> [ArraySlice<UInt8>]? {
        guard position < text.count else { return nil }
        var fields: [ArraySlice<UInt8>] = []
        while true {
            fields.append(try field())
            guard position < text.count else { throw CSVProblem() }
            let end = text[position]
            position += 1
            if end == UInt8(ascii: "\n") { return fields }
        }
    }

    private mutating func field() throws(CSVProblem) -> ArraySlice<UInt8> {
        if position < text.count, text[position] == UInt8(ascii: "\"") { return try quotedField() }
        let start = position
        while position < text.count, text[position] != separator, text[position] != UInt8(ascii: "\n") {
            position += 1
        }
        return text[start..<position]
    }

    private mutating func quotedField() throws(CSVProblem) -> ArraySlice<UInt8> {
        var field: [UInt8] = []
        position += 1
        while let quote = text[position...].firstIndex(of: UInt8(ascii: "\"")) {
            field += text[position..<quote]
            position = quote + 1
            guard position < text.count else { break }
            switch text[position] {
            case UInt8(ascii: "\""):
                field.append(UInt8(ascii: "\""))
                position += 1
            case separator, UInt8(ascii: "\n"): return field[...]
            default: throw CSVProblem()
            }
        }
        throw CSVProblem()
    }
}

/// A row breaks the rules of RFC 4180.
package struct CSVProblem: Error {}
