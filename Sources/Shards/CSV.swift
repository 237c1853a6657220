// Comma-separated values as RFC 4180 describes them, with LF line ends.

/// Joins and splits rows.
package enum CSV {
    static func append(_ field: String, to text: inout [UInt8]) {
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

    /// All rows of `text`; quoted fields may hold commas, quotes and line ends.
    static func rows(_ text: [UInt8]) -> [[String]] {
        var (rows, row, field): ([[String]], [String], [UInt8]) = ([], [], [])
        var isQuoted = false
        var position = 0
        func finishField() {
            row.append(String(decoding: field, as: UTF8.self))
            field.removeAll(keepingCapacity: true)
        }
        while position < text.count {
            let byte = text[position]
            if isQuoted {
                if byte == 0x22, position + 1 < text.count, text[position + 1] == 0x22 {
                    field.append(byte)
                    position += 1
                } else if byte == 0x22 {
                    isQuoted = false
                } else {
                    field.append(byte)
                }
            } else if byte == 0x22 {
                isQuoted = true
            } else if byte == 0x2C {
                finishField()
            } else if byte == 0x0A {
                finishField()
                rows.append(row)
                row = []
            } else {
                field.append(byte)
            }
            position += 1
        }
        if !field.isEmpty || !row.isEmpty {
            finishField()
            rows.append(row)
        }
        return rows
    }
}
