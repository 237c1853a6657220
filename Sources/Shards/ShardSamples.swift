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

/// Who the rows of a shard are: parallel arrays.
public struct RowIdentities: Sendable {
    /// Row in the provenance.
    public let ids: [UInt32]
    public let labels: [UInt16]
    /// 0 for an original, else the number of the augmented copy; `nil` in datasets without copies.
    public let copies: [UInt8]?
}
