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
    /// Whether spaces may stand around quotes.
    private let allowsSpaces: Bool
    private var position = 0

    package init(_ text: [UInt8]) { self.init(text, separator: UInt8(ascii: ","), allowsSpaces: false) }

    private init(_ text: [UInt8], separator: UInt8, allowsSpaces: Bool) {
        (self.text, self.separator, self.allowsSpaces) = (text, separator, allowsSpaces)
    }

    /// A table as spreadsheets and people write it: with semicolons or tabs, other line ends, a last line without one, a
    /// byte order mark, spaces around quotes.
    package init(spreadsheet text: [UInt8]) {
        let (cr, lf) = (UInt8(ascii: "\r"), UInt8(ascii: "\n"))
        var lines: [UInt8] = []
        lines.reserveCapacity(text.count + 1)
        for (index, byte) in text.enumerated() {
            if byte == lf, index > 0, text[index - 1] == cr { continue }
            lines.append(byte == cr ? lf : byte)
        }
        lines.append(lf)
        let rows = lines.dropFirst(lines.starts(with: [0xEF, 0xBB, 0xBF]) ? 3 : 0)
        let separator = Self.separator(in: rows.prefix { $0 != lf }) ?? UInt8(ascii: ",")
        self.init(Array(rows), separator: separator, allowsSpaces: true)
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
        let first = allowsSpaces ? text[position...].firstIndex { $0 != UInt8(ascii: " ") } : position
        let start = position
        if let first, first < text.count, text[first] == UInt8(ascii: "\"") {
            position = first
            do throws(CSVProblem) {
                return try quotedField()
            } catch {
                guard first > start else { throw error }
                // A quote behind spaces may also be part of a text, such as of inches.
                position = start
            }
        }
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
            if text[position] == UInt8(ascii: "\"") {
                field.append(UInt8(ascii: "\""))
                position += 1
                continue
            }
            while allowsSpaces, position < text.count, text[position] == UInt8(ascii: " ") { position += 1 }
            guard position < text.count else { break }
            guard text[position] == separator || text[position] == UInt8(ascii: "\n") else {
                throw CSVProblem()
            }
            return field[...]
        }
        throw CSVProblem()
    }
}

extension ArraySlice<UInt8> {
    /// Without spaces at both ends, which people write behind commas.
    package var trimmed: ArraySlice<UInt8> {
        let start = drop { $0 == 0x20 }
        return start[..<(start.lastIndex { $0 != 0x20 }.map { $0 + 1 } ?? start.startIndex)]
    }
}

/// A row breaks the rules of RFC 4180.
package struct CSVProblem: Error {}
