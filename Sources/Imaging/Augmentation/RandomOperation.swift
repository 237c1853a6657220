// What an operation of an augmentation must tell and do. Each is one file, which also says how it is written.

package import Dataset

/// A random change of an image, with its range as stored properties.
package protocol RandomOperation: Sendable, Equatable {
    /// What `order` and `probability` call it.
    static var name: String { get }
    /// What it is written with, such as `crop` in `crop=4`.
    static var keys: [AugmentationKey] { get }
    /// The share of images that it is applied to if none is given.
    static var usualProbability: Double { get }
    /// From texts by key, all of which `keys` accept; a missing one means no change.
    init(_ texts: [String: String])
    /// One text for each key.
    var texts: [String] { get }

    /// Draws a change and applies it if `applies` is true. It takes the same number of random numbers in any case, so that
    /// no operation changes the draws of the next.
    ///
    /// - Parameters:
    ///   - source: an image of the workspace's shape; not `target`
    ///   - target: all of it is written if `applies` is true, and nothing otherwise
    func change(
        _ random: inout SeededRandom, applies: Bool, from source: UnsafeBufferPointer<UInt8>,
        to target: UnsafeMutableBufferPointer<UInt8>, in workspace: borrowing AugmentationWorkspace)
}

extension RandomOperation {
    package static var usualProbability: Double { 1 }

    package var keys: [AugmentationKey] { Self.keys }

    func equals(_ other: any RandomOperation) -> Bool { (other as? Self) == self }
}

/// A key of an operation, and the values that it may have.
package struct AugmentationKey: Sendable {
    package enum Values: Sendable {
        case number(ClosedRange<Double>)
        case whole(ClosedRange<Int>)
        case choice([String])
        /// Two numbers with a slash between them.
        case pair(ClosedRange<Double>, ClosedRange<Double>)
    }

    package let name: String
    package let values: Values

    package init(_ name: String, _ values: Values) {
        self.name = name
        self.values = values
    }

    /// What is wrong with a text that is not accepted: `400 is not between 0 and 180`.
    package func problem(_ text: String) -> String {
        switch values {
        case .number(let range): return Spelling.notBetween(range, text)
        case .whole(let range):
            let bounds = Double(range.lowerBound)...Double(range.upperBound)
            return Spelling.notBetween(bounds, text, noun: "a whole number")
        case .choice(let names): return Spelling.notOneOf(names, text)
        case .pair(let first, let second):
            func bounds(_ range: ClosedRange<Double>) -> String {
                "between \(Spelling.number(range.lowerBound)) and \(Spelling.number(range.upperBound))"
            }
            return
                "“\(text.excerpt)” is not two numbers such as 30/4, the first \(bounds(first)), the second \(bounds(second))"
        }
    }

    package func accepts(_ text: String) -> Bool {
        switch values {
        case .number(let range): Double(text).map(range.contains) ?? false
        case .whole(let range): Int(text).map(range.contains) ?? false
        case .choice(let names): names.contains(text)
        case .pair(let first, let second):
            Self.pair(text).map { first.contains($0.0) && second.contains($0.1) } ?? false
        }
    }

    /// Two numbers with a slash between them.
    static func pair(_ text: String) -> (Double, Double)? {
        let parts = text.split(separator: "/", omittingEmptySubsequences: false).map { Double($0) }
        guard parts.count == 2, let first = parts[0], let second = parts[1] else { return nil }
        return (first, second)
    }
}
