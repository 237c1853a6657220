// The images of a prepared dataset without its augmented copies, block by block.

internal import Dataset
internal import Parallel
internal import Shards

extension PreparedDataset {
    /// Reads the originals of all shards, or of those of one split, so that memory is bounded by the blocks of the
    /// workers, whatever the shards unpack to.
    ///
    /// - Parameter body: gets ids, each with its image's place in the block, and the pixels of the block; on any thread
    /// - Throws: what `body` throws; `ShardError` if a shard is damaged, or a sample is not stored exactly once
    func forEachBlockOfOriginals(
        of split: Split?, workers: Int,
        _ body: @escaping @Sendable (_ originals: [(id: Int, row: Int)], _ images: [UInt8]) throws -> Void
    ) throws {
        let shards = manifest.shards.filter { split == nil || $0.split == split }
        let stored = Lock([Bool](repeating: false, count: manifest.samples))
        try forEachIndex(below: shards.count, workers: workers) { (_, index) in
            let reader = try ShardReader(self, shards[index].split, shards[index].number)
            let rows = try reader.identities()
            try reader.forEachBlock { block, images in
                let range = reader.record.rows(ofBlock: block)
                let originals = range.filter { rows.copies?[$0] ?? 0 == 0 }.map {
                    (id: Int(rows.ids[$0]), row: $0 - range.lowerBound)
                }
                let isRepeated = stored.withLock { stored in
                    originals.contains { original in
                        defer { stored[original.id] = true }
                        return stored[original.id]
                    }
                }
                guard !isRepeated else { throw damaged("a sample is stored twice") }
                try body(originals, images)
            }
        }
        let expected = split.map { manifest[$0].samples } ?? manifest.samples
        guard stored.withLock({ $0.count { $0 } }) == expected else {
            throw damaged("samples of the provenance are in no shard")
        }
    }

    private func damaged(_ reason: String) -> ShardError {
        .inconsistent(file: "\(folder)/\(Manifest.fileName)", reason: "\(reason); see prep verify")
    }
}
