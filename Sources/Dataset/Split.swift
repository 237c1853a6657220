// The parts of a dataset, and how large each is to be.

/// A part of the dataset. The order of cases is the order of precedence for rounding ties.
public enum Split: String, Sendable, CaseIterable, Codable, CodingKeyRepresentable {
    case train, validation, test

    /// Position in `allCases`.
    public var index: Int {
        switch self {
        case .train: 0
        case .validation: 1
        case .test: 2
        }
    }
}

/// Relative sizes of train, validation and test, as whole-number weights such as 80/10/10.
public struct SplitRatios: Sendable, Equatable {
    /// Weights in the order of `Split.allCases`; at least one is positive.
    public let weights: [Int]

    /// `nil` unless there are three weights, none negative, not all zero, none above a million.
    public init?(_ weights: [Int]) {
        guard weights.count == 3, weights.allSatisfy({ (0...1_000_000).contains($0) }),
            weights.contains(where: { $0 > 0 })
        else { return nil }
        self.weights = weights
    }

    private init(unchecked weights: [Int]) { self.weights = weights }

    /// 80/10/10
    public static let standard = SplitRatios(unchecked: [80, 10, 10])

    /// Parses `80/10/10`.
    public init?(text: String) {
        let parts = text.split(separator: "/", omittingEmptySubsequences: false).map { Int($0) }
        guard parts.allSatisfy({ $0 != nil }) else { return nil }
        self.init(parts.compactMap { $0 })
    }

    /// The share of each split in a total of one.
    public var shares: [Double] {
        let total = Double(weights.reduce(0, +))
        return weights.map { Double($0) / total }
    }

    /// Train and validation alone, in the same proportion; `nil` if both are zero.
    public var withoutTest: SplitRatios? { SplitRatios([weights[0], weights[1], 0]) }

    /// Divides `count` exactly: largest remainder, ties to the earlier split (Hamilton's method).
    /// Whole-number arithmetic, so it is exact at any size.
    public func sizes(of count: Int) -> [Int] {
        let total = weights.reduce(0, +)
        var sizes = weights.map { count * $0 / total }
        let byRemainder = weights.indices.sorted { a, b in
            let (x, y) = (count * weights[a] % total, count * weights[b] % total)
            return x == y ? a < b : x > y
        }
        for index in byRemainder.prefix(count - sizes.reduce(0, +)) { sizes[index] += 1 }
        return sizes
    }
}

extension SplitRatios: CustomStringConvertible {
    public var description: String { weights.map(String.init).joined(separator: "/") }
}
