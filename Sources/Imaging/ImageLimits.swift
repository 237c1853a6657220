// What a decoder accepts before it allocates anything.

internal import Dataset

/// Bounds against images that are too large to be meant, by accident or on purpose.
public struct ImageLimits: Sendable, Equatable {
    /// The most pixels of one image (Pillow warns above 89 million).
    public var pixels = 100_000_000
    /// The most bytes of one encoded image.
    public var entryBytes = 64 << 20
    /// The most decoded bytes per encoded byte. Deflate reaches 1,032, which no photo does.
    public var expansion = 1_000
    /// Images that decode to no more bytes than this may expand as they like.
    public var expansionExemption = 16 << 20

    public init() {}

    func check(_ shape: ImageShape, encodedBytes: Int) throws(ImageError) {
        let size = shape.size
        guard size.width > 0, size.height > 0 else { throw .unusable("\(size) pixels are no image") }
        let (area, overflow) = size.width.multipliedReportingOverflow(by: size.height)
        guard !overflow, area <= pixels else {
            throw .tooManyPixels(size, limit: pixels)
        }
        guard shape.byteCount <= max(expansionExemption, encodedBytes * expansion) else {
            throw .tooLargeExpansion(size, bytes: encodedBytes, limit: expansion)
        }
    }
}
