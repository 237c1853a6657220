// The rows of a split: ids and labels of all of them, and the blocks in which their pixels lie.

internal import Dataset
internal import Shards

/// A split, opened. Rows are numbered over all shards in order.
final class SplitRows: Sendable {
    struct Block: Sendable {
        let shard: Int
        /// Number within the shard.
        let number: Int
        let rows: Range<Int>
    }

    let folder: String
    let imageBytes: Int
    let readers: [SendableReader]
    /// First row of each shard, and the number of all rows.
    let firstRows: [Int]
    let blocks: [Block]
    let ids: [UInt32]
    let labels: [UInt16]

    var count: Int { ids.count }

    /// Whether the shards can be mapped rather than decoded.
    var isUncompressed: Bool { readers.allSatisfy { !$0.reader.record.name.hasSuffix(".zst") } }

    init(_ dataset: PreparedDataset, split: Split) throws {
        folder = dataset.folder
        imageBytes = dataset.manifest.image.area
        var (readers, firstRows, blocks): ([SendableReader], [Int], [Block]) = ([], [0], [])
        var (ids, labels): ([UInt32], [UInt16]) = ([], [])
        for record in dataset.manifest.splits[split]?.shards ?? [] {
            let reader = try ShardReader(record, folder: dataset.folder)
            let first = ids.count
            let identities = try reader.identities()
            ids += identities.ids
            labels += identities.labels
            for number in 0..<record.blockCount {
                let rows = reader.rows(ofBlock: number)
                blocks.append(
                    Block(
                        shard: readers.count, number: number,
                        rows: first + rows.lowerBound..<first + rows.upperBound))
            }
            readers.append(SendableReader(reader: reader))
            firstRows.append(ids.count)
        }
        guard !ids.isEmpty else { throw LoaderError.emptySplit(folder: dataset.folder, split: split) }
        (self.readers, self.firstRows, self.blocks) = (readers, firstRows, blocks)
        (self.ids, self.labels) = (ids, labels)
    }

    /// Decodes a block, checking its digest.
    func read(
        _ block: Block, into output: UnsafeMutablePointer<UInt8>,
        using decompressor: borrowing ZstdDecompressor
    ) throws(ShardError) {
        let bytes = UnsafeMutableRawBufferPointer(start: output, count: block.rows.count * imageBytes)
        try readers[block.shard].reader.readBlock(block.number, into: bytes, using: decompressor)
    }
}

/// A reader's methods only read, from an open file by position.
struct SendableReader: @unchecked Sendable {
    let reader: ShardReader
}
