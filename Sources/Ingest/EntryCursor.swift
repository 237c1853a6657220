// Deals out the entries of a source to threads.

internal import Synchronization

/// The next entries of a divisible source, for threads that take some at a time.
final class EntryCursor: Sendable {
    private let range: Range<Int>
    private let next: Atomic<Int>

    init(_ range: Range<Int>) {
        self.range = range
        next = Atomic(range.lowerBound)
    }

    /// Entries that a thread takes at once, so that it reads a stretch of the source.
    private static let step = 8

    /// Empty at the end.
    func take() -> Range<Int> {
        let first = min(next.wrappingAdd(Self.step, ordering: .relaxed).oldValue, range.upperBound)
        return first..<min(first + Self.step, range.upperBound)
    }

    /// The share that has been taken.
    var fraction: Double {
        let taken = min(next.load(ordering: .relaxed), range.upperBound) - range.lowerBound
        return range.isEmpty ? 1 : Double(taken) / Double(range.count)
    }
}
