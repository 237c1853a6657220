// The table of what a preparation left out, `rejected.csv`.

public import Dataset
internal import Storage

/// An entry that was left out, and why.
public struct Rejection: Sendable, Equatable {
    /// Path in the source.
    public var key: Key
    /// Why it was left out, in words.
    public var reason: String

    package init(key: Key, reason: String) {
        self.key = key
        self.reason = reason
    }
}

/// `rejected.csv`: one row per entry that was left out.
package enum Rejections {
    package static let fileName = "rejected.csv"
    static let columns = ["key", "reason"]

    /// The table of `rejections`, which should be in key order.
    package static func encode(_ rejections: [Rejection]) -> SideFile.Table {
        SideFile.Table(head: columns, rows: rejections.count) { (write) in
            for rejection in rejections { try write([Key.cell(rejection.key.text), rejection.reason]) }
        }
    }

    /// Parses what `encode` writes.
    static func decode(_ text: [UInt8], rows: Int, file: String) throws -> [Rejection] {
        var rejections: [Rejection] = []
        try TableLines.forEach(of: text, columns: columns, file: file) {
            (line, fields) in
            guard fields.count == 2, let key = String(validating: fields[0], as: UTF8.self),
                let reason = String(validating: fields[1], as: UTF8.self)
            else {
                throw ShardError.malformedTable(file: file, line: line, reason: "not a key and a reason")
            }
            rejections.append(Rejection(key: Key(text: key), reason: reason))
        }
        guard rejections.count == rows else {
            throw ShardError.inconsistent(file: file, reason: "\(rejections.count) rows, not \(rows)")
        }
        return rejections
    }
}

extension Rejection: Comparable {
    /// By key, then by reason.
    public static func < (a: Rejection, b: Rejection) -> Bool {
        a.key == b.key ? Key(utf8: a.reason) < Key(utf8: b.reason) : a.key < b.key
    }
}
