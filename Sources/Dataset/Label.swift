// The label of a sample: an index into the dataset's ordered list of classes.

/// A class index, 0 ..< number of classes.
public struct Label: RawRepresentable, Sendable, Hashable, Comparable {
    public let rawValue: UInt16

    public init(rawValue: UInt16) { self.rawValue = rawValue }

    /// The label as an index into `ClassNames.names`.
    public var index: Int { Int(rawValue) }

    public static func < (a: Label, b: Label) -> Bool { a.rawValue < b.rawValue }
}

/// The classes of a dataset in label order: their names are different, and labels can number them.
public struct ClassNames: Sendable, Equatable {
    /// Names by label, as `Key.text` has them: numeric order when every name is a whole number, else by bytes.
    public let names: [String]
    private let labels: [Key: Label]

    /// The most classes a label can number.
    public static let limit = Int(UInt16.max) + 1

    /// Orders and numbers the distinct names among `found`; `nil` without any, or above `limit`.
    public init?(found: some Sequence<Key>) {
        self.init(ordered: Self.order(Set(found)).map(\.text))
    }

    /// Classes whose order is already known, as read from a manifest; `nil` if there are none, two of one name, or
    /// more than `limit`.
    public init?(ordered names: [String]) {
        guard (1...Self.limit).contains(names.count) else { return nil }
        self.names = names
        labels = Dictionary(
            names.enumerated().map { (Key(utf8: $1), Label(rawValue: UInt16($0))) },
            uniquingKeysWith: { a, _ in a })
        guard labels.count == names.count else { return nil }
    }

    public var count: Int { names.count }

    /// The name of a label, which must be one of these.
    public subscript(label: Int) -> String { names[label] }

    /// The label of a name as `names` has it, compared as bytes.
    public subscript(name: String) -> Label? { labels[Key(utf8: name)] }

    /// Equal names in equal order, as bytes.
    public static func == (a: ClassNames, b: ClassNames) -> Bool { a.labels == b.labels }

    private static func order(_ names: Set<Key>) -> [Key] {
        // Digits alone: `UInt` would also read "+3". Equal numbers ("3", "03") fall back to bytes.
        func number(_ name: Key) -> UInt? {
            let isNumber = name.bytes.allSatisfy { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }
            return isNumber ? UInt(String(decoding: name.bytes, as: UTF8.self)) : nil
        }
        let numbered = names.map { (name: $0, number: number($0)) }
        guard numbered.allSatisfy({ $0.number != nil }) else { return names.sorted() }
        return numbered.sorted { a, b in
            let (x, y) = (a.number ?? 0, b.number ?? 0)
            return x == y ? a.name < b.name : x < y
        }.map(\.name)
    }
}
