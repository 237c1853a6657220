// The rows of a split: their ids and labels, and the blocks that hold their pixels.

internal import Dataset
internal import Shards
internal import Storage

/// An open split. Rows are numbered over all shards in order.
final class SplitRows: Sendable {
    struct Block: Sendable {
        let shard: Int
        /// Number within the shard.
        let number: Int
        let rows: Range<Int>
    }

    let folder: String
    let imageBytes: Int
    let readers: [ShardReader]
    /// Whether the shards can be mapped rather than decoded.
    let isUncompressed: Bool
    /// First row of each shard, and the number of all rows.
    let firstRows: [Int]
    let blocks: [Block]
    let ids: [UInt32]
    let labels: [UInt16]
    /// What each row's random numbers are drawn from; empty if none are drawn.
    let identities: [UInt64]

    var count: Int { ids.count }

    /// - Parameter drawsForSamples: whether random numbers are drawn per sample, which needs the keys
    init(_ dataset: PreparedDataset, split: Split, drawsForSamples: Bool) throws {
        folder = dataset.folder
        imageBytes = dataset.manifest.image.area
        isUncompressed = dataset.manifest.compression.codec == .none
        var (readers, firstRows, blocks): ([ShardReader], [Int], [Block]) = ([], [0], [])
        var (ids, labels, copies): ([UInt32], [UInt16], [UInt8]) = ([], [], [])
        for (shard, record) in dataset.manifest[split].shards.enumerated() {
            let reader = try ShardReader(dataset, split, shard)
            let first = ids.count
            let rows = try reader.identities()
            ids += rows.ids
            labels += rows.labels
            copies += rows.copies ?? Array(repeating: 0, count: rows.ids.count)
            for number in 0..<record.blockCount {
                let rows = record.rows(ofBlock: number)
                blocks.append(
                    Block(
                        shard: shard, number: number,
                        rows: first + rows.lowerBound..<first + rows.upperBound))
            }
            readers.append(reader)
            firstRows.append(ids.count)
        }
        guard !ids.isEmpty else { throw LoaderError.emptySplit(folder: dataset.folder, split: split) }
        (self.readers, self.firstRows, self.blocks) = (readers, firstRows, blocks)
        (self.ids, self.labels) = (ids, labels)
        guard drawsForSamples else {
            identities = []
            return
        }
        // An offline copy counts as a sample of its own, distinguished by its copy number.
        let keys = try dataset.provenance().map(\.key.identity)
        identities = zip(ids, copies).map { keys[Int($0)] &+ UInt64($1) }
    }

    /// Decodes a block, checking its digest.
    func read(
        _ block: Block, into output: UnsafeMutablePointer<UInt8>,
        using decompressor: borrowing ZstdDecompressor
    ) throws {
        let bytes = UnsafeMutableRawBufferPointer(start: output, count: block.rows.count * imageBytes)
        try readers[block.shard].readBlock(block.number, into: bytes, using: decompressor)
    }
}
