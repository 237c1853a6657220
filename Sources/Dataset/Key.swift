// The name of a sample or class: bytes, because that is what archives and file systems store.

internal import Foundation

/// A name from an archive or a file system. Keys are compared, hashed and sorted by their bytes.
///
/// Swift compares strings by canonical equivalence, so two folders of an archive could count as one, and
/// names in old encodings are not valid strings. Bytes are the same on every machine.
public struct Key: Sendable, Hashable {
    /// The name, usually in UTF-8.
    public let bytes: [UInt8]

    /// A name of these bytes.
    public init(bytes: some Sequence<UInt8>) { self.bytes = Array(bytes) }

    /// The bytes of `text` in UTF-8.
    public init(utf8 text: String) { self.init(bytes: text.utf8) }

    /// The key that has this `text`: turns its escapes back into bytes.
    public init(text: String) {
        guard text.utf8.contains(UInt8(ascii: "\\")) else {
            self.init(utf8: text)
            return
        }
        var bytes: [UInt8] = []
        var rest = Array(text.utf8)[...]
        while let byte = rest.first {
            if let escaped = Self.escape(at: rest) {
                bytes.append(escaped)
                rest = rest.dropFirst(4)
            } else {
                bytes.append(byte)
                rest = rest.dropFirst()
            }
        }
        self.init(bytes: bytes)
    }

    /// The name as text, which `init(text:)` turns back into the same bytes.
    ///
    /// Bytes that are not UTF-8, and those of characters that are invisible or steer the text around them, become
    /// escapes such as `\xE9`. To keep this reversible, a backslash that is followed by `x` and two hexadecimal digits
    /// becomes `\x5C`.
    public var text: String {
        if !bytes.contains(UInt8(ascii: "\\")), let text = String(validating: bytes, as: UTF8.self),
            !text.unicodeScalars.contains(where: \.isInvisibleControl)
        {
            return text
        }
        var text = ""
        var rest = bytes[...]
        while let byte = rest.first {
            let length = Self.escape(at: rest) == nil ? Self.scalarLength(at: rest) : 0
            if length > 0 {
                text += String(decoding: rest.prefix(length), as: UTF8.self)
            } else {
                text += Self.escape(byte)
            }
            rest = rest.dropFirst(max(length, 1))
        }
        return text
    }

    private static func escape(_ byte: UInt8) -> String {
        let digits = String(byte, radix: 16, uppercase: true)
        return "\\x" + (digits.utf8.count == 1 ? "0" : "") + digits
    }

    /// The byte that an escape such as `\xE9` at the start of `bytes` stands for; `nil` without an escape.
    private static func escape(at bytes: ArraySlice<UInt8>) -> UInt8? {
        guard bytes.count >= 4, bytes.starts(with: [UInt8(ascii: "\\"), UInt8(ascii: "x")]) else {
            return nil
        }
        let digits = String(decoding: bytes.dropFirst(2).prefix(2), as: UTF8.self)
        return digits.utf8.allSatisfy { UnicodeScalar($0).properties.isASCIIHexDigit }
            ? UInt8(digits, radix: 16) : nil
    }

    /// The length in bytes of the visible UTF-8 scalar at the start of `bytes`; 0 if there is none.
    private static func scalarLength(at bytes: ArraySlice<UInt8>) -> Int {
        for length in 1...min(4, max(bytes.count, 1)) {
            guard let text = String(validating: bytes.prefix(length), as: UTF8.self) else { continue }
            return text.unicodeScalars.contains(where: \.isInvisibleControl) ? 0 : length
        }
        return 0
    }

    // MARK: Tables

    /// Spreadsheets take a cell that begins with one of these for a formula, which may start programs.
    private static let formulaStarts = Array("=+-@".utf8)

    /// A `text` as a cell of a table: its first character is also escaped if it would begin a formula.
    /// `init(text:)` accepts this notation too.
    package static func cell(_ text: String) -> String {
        guard let first = text.utf8.first, formulaStarts.contains(first) else { return text }
        return escape(first) + String(decoding: text.utf8.dropFirst(), as: UTF8.self)
    }

    /// The `text` of a cell.
    package static func text(cell: String) -> String {
        for start in formulaStarts where cell.utf8.starts(with: escape(start).utf8) {
            return String(decoding: [start] + cell.utf8.dropFirst(4), as: UTF8.self)
        }
        return cell
    }
}

extension Key: Comparable {
    public static func < (a: Key, b: Key) -> Bool {
        a.bytes.withUnsafeBytes { x in
            b.bytes.withUnsafeBytes { y in
                guard let x0 = x.baseAddress, let y0 = y.baseAddress else { return x.count < y.count }
                let order = memcmp(x0, y0, min(x.count, y.count))
                return order == 0 ? x.count < y.count : order < 0
            }
        }
    }
}

extension Key: ExpressibleByStringInterpolation {
    public init(stringLiteral text: String) { self.init(utf8: text) }
}

extension Key: CustomStringConvertible {
    public var description: String { text }
}

extension Key {
    /// Identifies the sample of this name to `SeededRandom`.
    package var identity: UInt64 { Digest(of: bytes).words.0 }
}
