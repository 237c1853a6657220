// Pieces of a source, so that several machines can share it.

package import Dataset

/// One of several pieces into which the entries of a source are divided, of equal numbers of entries. If a source cannot
/// be divided, the first piece has all.
package struct SourcePiece: Sendable {
    package let number, count: Int

    package init(_ number: Int, of count: Int) { (self.number, self.count) = (number, count) }

    package static let whole = SourcePiece(0, of: 1)

    /// The entries of the piece, of `total` entries.
    func range(of total: Int) -> Range<Int> { number * total / count..<(number + 1) * total / count }
}

/// What the pieces of a source have that cannot be divided, but for the first.
package final class EmptySource: EntrySource {
    package init() {}
    package func fill(_ batch: inout EntryBatch) { batch.removeAll() }
    package var fractionRead: Double { 1 }
}
