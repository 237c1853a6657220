// Step three: one shard, as a pure function of staged pixels, plan and shard number.

internal import Dataset
internal import Imaging
internal import Shards

/// Gathers the rows of planned shards, drawing augmented copies on the way.
struct ShardBuilder: Sendable {
    let table: SampleTable
    let pixels: PixelStore
    let size: ImageSize
    let seed: UInt64
    let augmentation: PipelineConfiguration.Augmentation?
    /// Per id; `nil` without folds.
    let folds: [UInt8?]?

    /// The rows of `shard`.
    func samples(of shard: PlannedShard) throws(PipelineError) -> ShardSamples {
        let sampler = AffineSampler(size: size)
        let area = size.area
        var failure: PipelineError?
        let images = [UInt8](unsafeUninitializedCapacity: shard.rows.count * area) { output, count in
            let original = UnsafeMutableBufferPointer<UInt8>.allocate(capacity: area)
            defer { original.deallocate() }
            do throws(PipelineError) {
                for (index, row) in shard.rows.enumerated() {
                    let target = UnsafeMutableBufferPointer(
                        rebasing: output[index * area..<(index + 1) * area])
                    try fill(target, with: row, sampler, original)
                }
            } catch {
                failure = error
            }
            count = failure == nil ? shard.rows.count * area : 0
        }
        if let failure { throw failure }
        return ShardSamples(
            ids: shard.rows.map(\.id), labels: shard.rows.map { table.labels[Int($0.id)].rawValue },
            copies: augmentation == nil ? nil : shard.rows.map(\.copy),
            folds: shard.split == .test
                ? nil : folds.map { folds in shard.rows.map { folds[Int($0.id)] ?? 0 } },
            images: images, size: size)
    }

    private func fill(
        _ target: UnsafeMutableBufferPointer<UInt8>, with row: PlannedRow, _ sampler: borrowing AffineSampler,
        _ original: UnsafeMutableBufferPointer<UInt8>
    ) throws(PipelineError) {
        let slot = Int(table.samples[Int(row.id)].slot)
        guard row.copy > 0, let augmentation else {
            if let base = target.baseAddress { try pixels.read(slot, into: base) }
            return
        }
        if let base = original.baseAddress { try pixels.read(slot, into: base) }
        // The copy's number stands in for the epoch: a copy depends only on the seed, its number and its sample.
        var random = SeededRandom(
            seed: seed, purpose: .augmentation, epoch: UInt64(row.copy),
            sample: table.samples[Int(row.id)].key.identity)
        sampler.apply(augmentation.affine.draw(&random), from: UnsafeBufferPointer(original), to: target)
    }
}
