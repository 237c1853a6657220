// The rows of a split: their ids and labels, and the blocks that hold their pixels.

internal import Dataset
internal import Shards
internal import Storage

/// An open split. Rows are numbered over all shards in order. With a held-out fold, the shards have rows of other splits
/// too.
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

    /// The rows of the split, in order; `nil` if they are all rows.
    private let selected: [UInt32]?

    /// Rows of the split.
    var count: Int { selected?.count ?? ids.count }

    /// - Parameters:
    ///   - fold: what is validation, instead of the split of that name
    ///   - drawsForSamples: whether random numbers are drawn per sample, which needs the keys
    init(_ dataset: PreparedDataset, split: Split, fold: HeldOutFold? = nil, drawsForSamples: Bool) throws {
        folder = dataset.folder
        imageBytes = dataset.manifest.image.byteCount
        isUncompressed = dataset.manifest.compression.codec == .none
        var (readers, firstRows, blocks): ([ShardReader], [Int], [Block]) = ([], [0], [])
        var (ids, labels, copies): ([UInt32], [UInt16], [UInt8]) = ([], [], [])
        var selected: [UInt32] = []
        for (stored, number, record) in dataset.manifest.shards where fold != nil || stored == split {
            let reader = try ShardReader(dataset, stored, number)
            let (shard, first) = (readers.count, ids.count)
            let rows = try reader.identities()
            let numbers = rows.copies ?? Array(repeating: 0, count: rows.ids.count)
            if let fold {
                let wanted = rows.ids.indices.filter {
                    fold.has(rows.ids[$0], isCopy: numbers[$0] > 0, in: split)
                }
                if wanted.isEmpty { continue }
                selected += wanted.map { UInt32(first + $0) }
            }
            ids += rows.ids
            labels += rows.labels
            copies += numbers
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
        self.selected = fold == nil ? nil : selected
        guard drawsForSamples else {
            identities = []
            return
        }
        // An offline copy counts as a sample of its own, distinguished by its copy number.
        let keys = try dataset.provenance().map(\.key.identity)
        identities = zip(ids, copies).map { keys[Int($0)] &+ UInt64($1) }
    }

    /// The rows of the split in stored order.
    var order: [UInt32] { selected ?? Array(0..<UInt32(ids.count)) }

    /// The rows of the split in each block.
    var rowsOfBlocks: [[UInt32]] {
        guard let selected else { return blocks.map { $0.rows.map { UInt32($0) } } }
        var rest = selected[...]
        return blocks.map { block in
            let rows = rest.prefix { Int($0) < block.rows.upperBound }
            rest = rest.dropFirst(rows.count)
            return Array(rows)
        }
    }

    /// Decodes a block, checking its digest.
    func read(
        _ block: Block, into output: UnsafeMutablePointer<UInt8>,
        using decoder: BlockDecoder
    ) throws {
        let bytes = UnsafeMutableRawBufferPointer(start: output, count: block.rows.count * imageBytes)
        try readers[block.shard].readBlock(block.number, into: bytes, using: decoder)
    }
}
