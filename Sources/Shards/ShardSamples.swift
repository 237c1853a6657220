// The rows of one shard, as they are before writing and after reading.

public import Dataset

/// Rows of one shard: parallel arrays, and the pixels in one buffer.
public struct ShardSamples: Sendable, Equatable {
    /// Row in the provenance, per sample.
    public var ids: [UInt32]
    public var labels: [UInt16]
    /// 0 for an original, else the number of the augmented copy; `nil` in datasets without copies.
    public var copies: [UInt8]?
    /// Row-major gray pixels, one image after the other: NHW, one byte each.
    public var images: [UInt8]
    public var size: ImageSize

    public init(ids: [UInt32], labels: [UInt16], copies: [UInt8]?, images: [UInt8], size: ImageSize) {
        precondition(labels.count == ids.count && images.count == ids.count * size.area)
        precondition(copies.map { $0.count == ids.count } ?? true)
        self.ids = ids
        self.labels = labels
        self.copies = copies
        self.images = images
        self.size = size
    }

    public var count: Int { ids.count }

    /// The pixels of one row.
    public func image(_ row: Int) -> ArraySlice<UInt8> {
        images[row * size.area..<(row + 1) * size.area]
    }
}

/// Which shard of which split a file is, as its own metadata say.
public struct ShardIdentity: Codable, Sendable, Equatable {
    public var format = "prep-shard"
    public var version = 1
    public var split: Split
    public var shard: Int
    public var shards: Int
    public var classes: [String]
    /// Digest of the data buffer.
    public var bufferSHA256: Digest

    public init(split: Split, shard: Int, shards: Int, classes: [String], bufferSHA256: Digest) {
        self.split = split
        self.shard = shard
        self.shards = shards
        self.classes = classes
        self.bufferSHA256 = bufferSHA256
    }

    enum CodingKeys: String, CodingKey {
        case format, version, split, shard, shards, classes
        case bufferSHA256 = "buffer_sha256"
    }

    /// The one key of `__metadata__`.
    static let metadataKey = "prep"
}
