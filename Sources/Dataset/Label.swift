// The label of a sample: an index into the dataset's ordered list of classes.

/// A class index, 0 ..< number of classes.
public struct Label: RawRepresentable, Sendable, Hashable, Comparable {
    /// The class index.
    public let rawValue: UInt16

    /// The label of the class with this index.
    public init(rawValue: UInt16) { self.rawValue = rawValue }

    /// The label as an index into `ClassNames.names`.
    public var index: Int { Int(rawValue) }

    public static func < (a: Label, b: Label) -> Bool { a.rawValue < b.rawValue }
}

/// The class names of a dataset in label order: distinct, and at most `limit`.
public struct ClassNames: Sendable, Equatable {
    /// Names by label, in the notation of `Key.text`. Preparation sorts them: as numbers if all of them are whole
    /// numbers, else by bytes.
    public let names: [String]
    private let labels: [Key: Label]

    /// The largest number of classes: labels have 16 bits.
    public static let limit = Int(UInt16.max) + 1

    /// Sorts and numbers the distinct names in `found`; `nil` if there are none, or more than `limit`.
    package init?(found: some Sequence<Key>) {
        self.init(ordered: Self.order(Set(found)).map(\.text))
    }

    /// Names in a known order, such as those of a manifest; `nil` if there are none, more than `limit`, or
    /// duplicates, or if one is empty or not in the notation of `Key.text`, so that it could hide or steer what stands
    /// around it.
    public init?(ordered names: [String]) {
        guard (1...Self.limit).contains(names.count),
            names.allSatisfy({ !$0.isEmpty && Key(text: $0).text.utf8.elementsEqual($0.utf8) })
        else { return nil }
        self.names = names
        labels = Dictionary(
            names.enumerated().map { (Key(utf8: $1), Label(rawValue: UInt16($0))) },
            uniquingKeysWith: { a, _ in a })
        guard labels.count == names.count else { return nil }
    }

    /// Number of classes.
    public var count: Int { names.count }

    /// The name of class `label`, 0 ..< `count`.
    public subscript(label: Int) -> String { names[label] }

    /// The label of a name in the notation of `names`, compared by bytes; `nil` if there is no such class.
    public subscript(name: String) -> Label? { labels[Key(utf8: name)] }

    /// Whether both have the same names, byte for byte, in the same order.
    public static func == (a: ClassNames, b: ClassNames) -> Bool { a.labels == b.labels }

    private static func order(_ names: Set<Key>) -> [Key] {
        // Digits only: `UInt` would also accept "+3". Equal numbers ("3", "03") are sorted by bytes.
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
