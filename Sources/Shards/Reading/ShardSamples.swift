// The rows of one shard, as they are before writing and after reading.

public import Dataset

/// Rows of one shard: parallel arrays, and the pixels in one buffer.
public struct ShardSamples: Sendable, Equatable {
    /// Id of each row's sample: its row in the provenance.
    public var ids: [UInt32]
    /// Class index of each row.
    public var labels: [UInt16]
    /// 0 for an original, else the number of the augmented copy; `nil` in datasets without copies.
    public var copies: [UInt8]?
    /// Number of the fold that each row's sample belongs to; `nil` in datasets without folds, and in test.
    public var folds: [UInt8]?
    /// Row-major pixels, one image after the other, one byte for each channel: NHW if gray, NHWC otherwise.
    public var images: [UInt8]
    /// Shape of every image.
    public var shape: ImageShape

    package init(
        ids: [UInt32], labels: [UInt16], copies: [UInt8]?, folds: [UInt8]? = nil, images: [UInt8],
        shape: ImageShape
    ) {
        precondition(labels.count == ids.count && images.count == ids.count * shape.byteCount)
        precondition([copies, folds].allSatisfy { $0.map { $0.count == ids.count } ?? true })
        self.ids = ids
        self.labels = labels
        self.copies = copies
        self.folds = folds
        self.images = images
        self.shape = shape
    }

    /// Width and height of every image.
    public var size: ImageSize { shape.size }

    /// Number of rows.
    public var count: Int { ids.count }

    /// The pixels of one row, row-major.
    public func image(_ row: Int) -> ArraySlice<UInt8> {
        images[row * shape.byteCount..<(row + 1) * shape.byteCount]
    }
}

/// Ids, labels, copy and fold numbers of a shard's rows: parallel arrays.
public struct RowIdentities: Sendable {
    /// Id of each row's sample: its row in the provenance.
    public let ids: [UInt32]
    /// Class index of each row.
    public let labels: [UInt16]
    /// 0 for an original, else the number of the augmented copy; `nil` in datasets without copies.
    public let copies: [UInt8]?
    /// Number of the fold that each row's sample belongs to; `nil` in datasets without folds, and in test.
    public let folds: [UInt8]?
}
