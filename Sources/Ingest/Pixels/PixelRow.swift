// Parses one row of a table of pixels, byte by byte: a table of MNIST has 55 million numbers.

internal import Dataset

/// A row of a table, with the line break that ends it.
struct PixelRow {
    /// What is wrong with a row, and where.
    struct Problem: Error {
        /// From 0; `nil` for the row as a whole.
        let column: Int?
        let reason: String
    }

    private let bytes: UnsafeBufferPointer<UInt8>
    private let separator: UInt8

    /// - Parameter bytes: end with the only LF in them
    init(_ bytes: UnsafeBufferPointer<UInt8>, separator: UInt8) {
        precondition(bytes.last == Self.lineFeed)
        (self.bytes, self.separator) = (bytes, separator)
    }

    static let lineFeed = UInt8(ascii: "\n")
    private static let (quote, zero) = (UInt8(ascii: "\""), UInt8(ascii: "0"))

    /// Whether it holds nothing, as a last line does.
    var isBlank: Bool { bytes.allSatisfy { $0 == 0x20 || $0 == 0x0D || $0 == Self.lineFeed } }

    /// Writes the levels to `output`, which has as many bytes as the image.
    ///
    /// - Returns: the label, without quotes and spaces; empty if there is none
    func read(_ layout: PixelTableLayout, into output: UnsafeMutableBufferPointer<UInt8>) throws(Problem)
        -> [UInt8]
    {
        var (position, column, pixel) = (0, 0, 0)
        var label: [UInt8] = []
        for run in layout.runs {
            var left = run.count
            while left > 0 {
                if run.role == .pixel {
                    let done = plainLevels(&position, left, to: output, pixel)
                    (left, column, pixel) = (left - done, column + done, pixel + done)
                    if left == 0 { break }
                }
                guard let cell = cell(&position, isLast: column == layout.columns - 1) else {
                    throw otherCount(layout)
                }
                switch run.role {
                case .ignored: break
                case .label: label = try self.label(cell, column)
                case .pixel:
                    output[pixel] = try level(cell, column)
                    pixel += 1
                }
                (left, column) = (left - 1, column + 1)
            }
        }
        guard position == bytes.count else { throw otherCount(layout) }
        return label
    }

    private func otherCount(_ layout: PixelTableLayout) -> Problem {
        let count = fields.count
        return Problem(
            column: nil,
            reason: count == layout.columns
                ? "a quote that is not closed, or is followed by more than a separator"
                : "\(count) values, but the first row has \(layout.columns)")
    }

    /// Reads up to `count` levels as most programs write them, one to three digits and a separator; stops before all else,
    /// and before the last value of the line.
    private func plainLevels(
        _ position: inout Int, _ count: Int, to output: UnsafeMutableBufferPointer<UInt8>, _ first: Int
    ) -> Int {
        precondition(first + count <= output.count)
        guard let start = bytes.baseAddress, let target = output.baseAddress else { return 0 }
        // The line feed at the end is neither a digit nor a separator, so no digit needs a check of the length.
        var at = start + position
        var done = 0
        while done < count {
            var next = at
            var value = UInt32(next[0]) &- 48
            guard value <= 9 else { break }
            next += 1
            var digit = UInt32(next[0]) &- 48
            if digit <= 9 {
                value = value &* 10 &+ digit
                next += 1
                digit = UInt32(next[0]) &- 48
                if digit <= 9 {
                    value = value &* 10 &+ digit
                    next += 1
                }
            }
            guard next[0] == separator, value <= 255 else { break }
            target[first + done] = UInt8(truncatingIfNeeded: value)
            at = next + 1
            done += 1
        }
        position = at - start
        return done
    }

    /// The next value, without spaces and quotes around it; `nil` if the line ends before it, or does not end after it.
    private func cell(_ position: inout Int, isLast: Bool) -> UnsafeBufferPointer<UInt8>? {
        guard position < bytes.count else { return nil }
        var (start, end) = (position, position)
        while bytes[start] == 0x20 { start += 1 }
        if bytes[start] == Self.quote {
            start += 1
            end = start
            // Two quotes stand for one; the line feed at the end is none.
            while end < bytes.count - 1, bytes[end] != Self.quote || bytes[end + 1] == Self.quote {
                end += bytes[end] == Self.quote ? 2 : 1
            }
            end = min(end, bytes.count - 1)
            guard bytes[end] == Self.quote else { return nil }
            position = end + 1
            while bytes[position] == 0x20 || bytes[position] == 0x0D { position += 1 }
        } else {
            end = start
            while bytes[end] != separator, bytes[end] != Self.lineFeed { end += 1 }
            position = end
        }
        guard bytes[position] == (isLast ? Self.lineFeed : separator) else { return nil }
        position += 1
        while end > start, bytes[end - 1] == 0x20 || bytes[end - 1] == 0x0D { end -= 1 }
        return UnsafeBufferPointer(rebasing: bytes[start..<end])
    }

    private func label(_ cell: UnsafeBufferPointer<UInt8>, _ column: Int) throws(Problem) -> [UInt8] {
        guard !cell.isEmpty else { throw Problem(column: column, reason: "the label is missing") }
        guard cell.count <= EntryPath.lengthLimit else {
            throw Problem(
                column: column,
                reason: "the label has \(cell.count) bytes, more than \(EntryPath.lengthLimit)")
        }
        // A table of floats has floats for labels. Without a point or a sign, 4e00 is a name.
        if cell.contains(where: { ".+-".utf8.contains($0) }), let number = Self.wholeNumber(cell), number >= 0
        {
            return Array(String(number).utf8)
        }
        return Self.unquoted(cell)
    }

    /// The bytes of a cell, with one quote for two.
    private static func unquoted(_ cell: UnsafeBufferPointer<UInt8>) -> [UInt8] {
        var (result, isSecond) = ([UInt8](), false)
        for byte in cell {
            isSecond = byte == quote && !isSecond
            if byte != quote || isSecond { result.append(byte) }
        }
        return result
    }

    private func level(_ cell: UnsafeBufferPointer<UInt8>, _ column: Int) throws(Problem) -> UInt8 {
        let text = String(decoding: cell.prefix(200), as: UTF8.self)
        guard !cell.isEmpty else { throw Problem(column: column, reason: "the level is missing") }
        if let whole = Int(text) ?? Self.wholeNumber(cell), (0...255).contains(whole) { return UInt8(whole) }
        let hint =
            Double(text).map { $0 > 0 && $0 < 1 } == true ? "; multiply levels from 0 to 1 by 255" : ""
        throw Problem(
            column: column, reason: "“\(text.excerpt)” is not a whole number from 0 to 255\(hint)")
    }

    /// The value of a number that is written as a float but is whole, such as `12.0` or `1.2e+01`.
    private static func wholeNumber(_ cell: UnsafeBufferPointer<UInt8>) -> Int? {
        guard cell.count <= 40, cell.contains(where: { $0 == UInt8(ascii: ".") || $0 == UInt8(ascii: "e") }),
            cell.allSatisfy({ (zero...zero + 9).contains($0) || "+-.eE".utf8.contains($0) }),
            let value = Double(String(decoding: cell, as: UTF8.self)), abs(value) < 1e9
        else { return nil }
        return Int(exactly: value)
    }

    /// All fields of the row, without spaces and quotes around them.
    var fields: [String] {
        var (fields, position): ([String], Int) = ([], 0)
        while position < bytes.count {
            var end = position
            if let field = cell(&position, isLast: false) {
                fields.append(String(decoding: Self.unquoted(field), as: UTF8.self))
                continue
            }
            position = end
            if let field = cell(&position, isLast: true) {
                fields.append(String(decoding: Self.unquoted(field), as: UTF8.self))
                break
            }
            // Something follows a quote.
            while bytes[end] != separator, bytes[end] != Self.lineFeed { end += 1 }
            position = end + 1
            fields.append("?")
        }
        return fields
    }
}
