// The rows of one shard, as a pure function of a list of rows and the pixels of their samples.

internal import Dataset
internal import Imaging
internal import Shards

/// All that decides a row of a shard, besides pixels.
struct ShardRow: Sendable, Equatable {
    var id: UInt32
    /// 0 for the original.
    var copy: UInt8
    var label: UInt16
    /// `nil` without folds, and in test.
    var fold: UInt8?
    /// Where the pixels of its sample are.
    var slot: UInt32
    /// A hash of the sample's key, from which its random numbers are drawn.
    var identity: UInt64
}

/// Gathers the rows of planned shards, drawing augmented copies on the way.
struct ShardBuilder: Sendable {
    let shape: ImageShape
    let seed: UInt64
    let augmentation: PipelineConfiguration.AugmentedCopies?

    /// - Parameter read: copies the pixels of a sample, by its slot; called once for each row, in their order
    func samples<E: Error>(
        _ rows: [ShardRow], read: (UInt32, UnsafeMutablePointer<UInt8>) throws(E) -> Void
    ) throws(E) -> ShardSamples {
        let augmenter = Augmenter(augmentation?.augmentation ?? Augmentation(), shape: shape)
        let area = shape.byteCount
        var failure: E?
        let images = [UInt8](unsafeUninitializedCapacity: rows.count * area) { output, count in
            let original = UnsafeMutableBufferPointer<UInt8>.allocate(capacity: area)
            defer { original.deallocate() }
            do throws(E) {
                for (index, row) in rows.enumerated() {
                    let target = UnsafeMutableBufferPointer(
                        rebasing: output[index * area..<(index + 1) * area])
                    let source = row.copy > 0 ? original : target
                    if let base = source.baseAddress { try read(row.slot, base) }
                    if row.copy > 0 { augment(row, augmenter, from: original, to: target) }
                }
            } catch {
                failure = error
            }
            count = failure == nil ? rows.count * area : 0
        }
        if let failure { throw failure }
        return ShardSamples(
            ids: rows.map(\.id), labels: rows.map(\.label),
            copies: augmentation == nil ? nil : rows.map(\.copy),
            folds: rows.first?.fold == nil ? nil : rows.map { $0.fold ?? 0 }, images: images, shape: shape)
    }

    private func augment(
        _ row: ShardRow, _ augmenter: borrowing Augmenter, from original: UnsafeMutableBufferPointer<UInt8>,
        to target: UnsafeMutableBufferPointer<UInt8>
    ) {
        // The copy's number stands in for the epoch: a copy depends only on the seed, its number and its sample.
        var random = SeededRandom(
            seed: seed, purpose: .augmentation, epoch: UInt64(row.copy), sample: row.identity)
        _ = target.update(fromContentsOf: augmenter.augment(UnsafeBufferPointer(original), &random))
    }
}
