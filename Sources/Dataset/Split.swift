// The parts of a dataset and their sizes.

/// A part of a dataset. When sizes are rounded, ties go to the earlier case.
public enum Split: String, Sendable, CaseIterable, Codable, CodingKeyRepresentable {
    case train, validation, test

    /// Position in `allCases`.
    package var index: Int {
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

    /// `nil` unless there are three weights from 0 to a million, at least one of them positive.
    public init?(_ weights: [Int]) {
        guard weights.count == 3, weights.allSatisfy({ (0...1_000_000).contains($0) }),
            weights.contains(where: { $0 > 0 })
        else { return nil }
        self.weights = weights
    }

    private init(unchecked weights: [Int]) { self.weights = weights }

    /// The default, 80/10/10.
    public static let standard = SplitRatios(unchecked: [80, 10, 10])

    /// Parses a text such as `80/10/10`; `nil` if it is not of this form.
    public init?(text: String) {
        let parts = text.split(separator: "/", omittingEmptySubsequences: false).map { Int($0) }
        guard parts.allSatisfy({ $0 != nil }) else { return nil }
        self.init(parts.compactMap { $0 })
    }

    /// The fraction of each split, in the order of `Split.allCases`; the fractions add up to 1.
    package var shares: [Double] {
        let total = Double(weights.reduce(0, +))
        return weights.map { Double($0) / total }
    }

    /// Train and validation alone, in the same proportion; `nil` if both are zero.
    package var withoutTest: SplitRatios? { SplitRatios([weights[0], weights[1], 0]) }

    /// The number of samples of each split out of `count`, in the order of `Split.allCases`: largest remainder
    /// (Hamilton's method), ties to the earlier split. Whole-number arithmetic makes it exact at any size.
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
    /// Such as `80/10/10`.
    public var description: String { weights.map(String.init).joined(separator: "/") }
}
