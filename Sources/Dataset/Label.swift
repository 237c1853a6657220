// The label of a sample: an index into the dataset's ordered list of classes.

internal import Foundation

/// A class index, 0 ..< number of classes.
public struct Label: RawRepresentable, Sendable, Hashable, Comparable {
    public let rawValue: UInt16

    public init(rawValue: UInt16) { self.rawValue = rawValue }

    /// The label as an index into `ClassNames.names`.
    public var index: Int { Int(rawValue) }

    public static func < (a: Label, b: Label) -> Bool { a.rawValue < b.rawValue }
}

/// The classes of a dataset in label order.
public struct ClassNames: Sendable, Equatable {
    /// Names by label: numeric order when every name is a whole number, else by Unicode scalars.
    public let names: [String]
    private let labels: [String: Label]

    /// The most classes a label can number.
    public static let limit = Int(UInt16.max) + 1

    /// Orders and numbers the distinct names among `found`; `nil` above `limit` classes.
    public init?(found: some Sequence<String>) {
        let distinct = Set(found)
        guard distinct.count <= Self.limit else { return nil }
        self.init(ordered: Self.order(distinct))
    }

    /// Classes whose order is already known, as read from a manifest.
    public init(ordered names: [String]) {
        self.names = names
        labels = Dictionary(
            names.enumerated().map { ($1, Label(rawValue: UInt16($0))) }, uniquingKeysWith: { a, _ in a })
    }

    public var count: Int { names.count }

    public subscript(name: String) -> Label? { labels[name] }

    private static func order(_ names: Set<String>) -> [String] {
        // Digits alone: `UInt` would also read "+3". Equal numbers ("3", "03") fall back to text.
        let numbers = names.map { name in
            name.utf8.allSatisfy { (48...57).contains($0) } ? UInt(name) : nil
        }
        guard numbers.allSatisfy({ $0 != nil }) else { return names.sorted(by: bytewise) }
        return names.sorted { a, b in
            let (x, y) = (UInt(a) ?? 0, UInt(b) ?? 0)
            return x == y ? bytewise(a, b) : x < y
        }
    }
}

/// The order of keys and names everywhere: by UTF-8 bytes, which is by Unicode scalars, in every
/// locale and for every normalisation.
public func bytewise(_ a: String, _ b: String) -> Bool {
    let fast = a.utf8.withContiguousStorageIfAvailable { x in
        b.utf8.withContiguousStorageIfAvailable { y in
            guard let x0 = x.baseAddress, let y0 = y.baseAddress else { return x.count < y.count }
            let order = memcmp(x0, y0, min(x.count, y.count))
            return order == 0 ? x.count < y.count : order < 0
        }
    }
    return (fast ?? nil) ?? a.utf8.lexicographicallyPrecedes(b.utf8)
}
