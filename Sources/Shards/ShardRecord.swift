// What the manifest says about one shard.

public import Dataset

/// One shard file and its independently readable frames.
public struct ShardRecord: Codable, Sendable, Equatable {
    public var name: String
    /// Rows, augmented copies included.
    public var samples: Int
    /// Size and digest of the file as stored.
    public var bytes: Int
    public var sha256: Digest
    /// Size and digest of the safetensors file that it decompresses to.
    public var contentBytes: Int
    public var contentSHA256: Digest
    /// Samples per block of images; the last block may hold fewer.
    public var blockSamples: Int
    /// In file order: one with the header and the tensors before `images`, one per block of images, and
    /// one with the tensors after `images` if there are any.
    public var frames: [ShardFrame]

    enum CodingKeys: String, CodingKey {
        case name, samples, bytes, sha256, frames
        case contentBytes = "content_bytes"
        case contentSHA256 = "content_sha256"
        case blockSamples = "block_samples"
    }

    /// Blocks of images.
    public var blockCount: Int { (samples + blockSamples - 1) / blockSamples }

    /// `train-00000-of-00002.safetensors.zst`
    public static func fileName(split: Split, number: Int, of count: Int, _ codec: Manifest.Compression.Codec)
        -> String
    {
        func padded(_ number: Int) -> String {
            let digits = String(number)
            return String(repeating: "0", count: max(0, 5 - digits.count)) + digits
        }
        let suffix = codec == .zstd ? ".zst" : ""
        return "\(split.rawValue)-\(padded(number))-of-\(padded(count)).safetensors\(suffix)"
    }
}

/// A range of a shard that can be read by itself: a zstd frame, or the same range uncompressed.
public struct ShardFrame: Codable, Sendable, Equatable {
    /// Place in the file as stored.
    public var offset: Int
    public var bytes: Int
    /// Place in the safetensors file.
    public var contentOffset: Int
    public var contentBytes: Int
    /// Digest of the contents.
    public var sha256: Digest

    enum CodingKeys: String, CodingKey {
        case offset, bytes, sha256
        case contentOffset = "content_offset"
        case contentBytes = "content_bytes"
    }
}
