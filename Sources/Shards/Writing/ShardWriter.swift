// Writes rows to a shard file. Its bytes depend on the rows alone, not on the machine or the number of threads.

internal import Dataset
package import Storage

/// Encodes shards. Mirrors `ShardReader`. Owned by one worker.
package struct ShardWriter: ~Copyable {
    private let compression: Manifest.Compression
    private let compressor: ZstdCompressor

    /// Images per independently readable block: large enough to compress well, small enough to be a unit of
    /// shuffling. 256, or fewer if they would take more than 64 MiB.
    package static func blockSamples(imageBytes: Int) -> Int {
        max(1, min(256, (64 << 20) / imageBytes))
    }

    package init(compression: Manifest.Compression) {
        self.compression = compression
        compressor = ZstdCompressor(level: max(compression.level, 1))
    }

    /// Writes one shard into `folder` atomically, and returns its record for the manifest.
    ///
    /// - Parameter identity: gets the digest of the data buffer here
    package func write(
        _ samples: ShardSamples, identity: ShardIdentity, to folder: Folder
    ) throws -> ShardRecord {
        let name = ShardRecord.fileName(
            split: identity.split, number: identity.shard, of: identity.shards, compression.codec)
        let content = ShardContent(samples, identity: identity)
        guard content.headerBytes <= 8 + SafetensorsHeader.lengthLimit else {
            throw ShardError.longClassNames(
                bytes: identity.classes.names.reduce(0) { $0 + $1.utf8.count },
                classes: identity.classes.count)
        }
        var chunks: [[UInt8]] = []
        var frames: [ShardFrame] = []
        var (offset, contentOffset) = (0, 0)
        var (digest, contentDigest) = (DigestBuilder(), DigestBuilder())
        try content.forEachFrame { (bytes) in
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
        try folder.write(chunks, to: name)
        return ShardRecord(
            name: name, samples: samples.count, bytes: offset, sha256: digest.finish(),
            contentBytes: contentOffset, contentSHA256: contentDigest.finish(),
            blockSamples: Self.blockSamples(imageBytes: samples.shape.byteCount), frames: frames)
    }
}
