// Reading the tables beside the shards, line by line.

internal import Storage

enum TableLines {
    /// Calls `body` with each line after the first, which holds the names of the columns.
    static func forEach(
        of text: [UInt8], columns: [String], file: String,
        _ body: (_ line: Int, _ fields: [ArraySlice<UInt8>]) throws -> Void
    ) throws {
        var reader = CSVReader(text)
        var line = 0
        while true {
            line += 1
            let fields: [ArraySlice<UInt8>]
            do throws(CSVProblem) {
                guard let next = try reader.next() else { break }
                fields = next
            } catch {
                throw ShardError.malformedTable(
                    file: file, line: line, reason: "not a row of comma-separated values")
            }
            if line > 1 {
                try body(line, fields)
            } else if !fields.elementsEqual(columns, by: { $0.elementsEqual($1.utf8) }) {
                break
            }
        }
        guard line > 1 else {
            throw ShardError.malformedTable(
                file: file, line: 1, reason: "the columns are not \(columns.joined(separator: ","))")
        }
    }
}

extension Int {
    /// A whole number below 2^32, in decimal digits without leading zeros.
    static func natural(_ digits: ArraySlice<UInt8>) -> Int? {
        guard (1...10).contains(digits.count), digits.count == 1 || digits.first != UInt8(ascii: "0") else {
            return nil
        }
        var value = 0
        for digit in digits {
            guard (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(digit) else { return nil }
            value = value * 10 + Int(digit - UInt8(ascii: "0"))
        }
        return value <= Int(UInt32.max) ? value : nil
    }
}
