// Rows to a shard file: a pure function of the rows, whatever the machine or the number of threads.

internal import Dataset

/// Encodes shards. Mirrors `ShardReader`. Owned by one worker.
public struct ShardWriter: ~Copyable {
    private let compression: Manifest.Compression
    private let compressor: ZstdCompressor

    /// Images per independently readable block: large enough to compress well, small enough to be a unit of
    /// shuffling. 256, and fewer where they would take more than 64 MiB.
    public static func blockSamples(imageBytes: Int) -> Int {
        max(1, min(256, (64 << 20) / imageBytes))
    }

    public init(compression: Manifest.Compression) {
        self.compression = compression
        compressor = ZstdCompressor(level: max(compression.level, 1))
    }

    /// Writes one shard into `folder`, atomically, and says what the manifest should know.
    ///
    /// - Parameter identity: its digest is filled in.
    public func write(
        _ samples: ShardSamples, identity: ShardIdentity, to folder: String
    ) throws(ShardError) -> ShardRecord {
        let name = ShardRecord.fileName(
            split: identity.split, number: identity.shard, of: identity.shards, compression.codec)
        let content = ShardContent(samples, identity: identity)
        var chunks: [[UInt8]] = []
        var frames: [ShardFrame] = []
        var (offset, contentOffset) = (0, 0)
        var (digest, contentDigest) = (DigestBuilder(), DigestBuilder())
        try content.forEachFrame { (bytes) throws(ShardError) in
            let chunk = compression.codec == .zstd ? try compressor.compress(bytes, file: name) : Array(bytes)
            frames.append(
                ShardFrame(
                    offset: offset, bytes: chunk.count, contentOffset: contentOffset,
                    contentBytes: bytes.count, sha256: Digest(of: bytes)))
            offset += chunk.count
            contentOffset += bytes.count
            chunk.withUnsafeBytes { digest.update($0) }
            contentDigest.update(bytes)
            chunks.append(chunk)
        }
        try FileSystem.write(chunks, to: "\(folder)/\(name)")
        return ShardRecord(
            name: name, samples: samples.count, bytes: offset, sha256: digest.finish(),
            contentBytes: contentOffset, contentSHA256: contentDigest.finish(),
            blockSamples: Self.blockSamples(imageBytes: samples.size.area), frames: frames)
    }
}
