// What a decoder accepts before it allocates anything.

internal import Dataset

/// Limits that reject absurdly large images, whether they are accidents or attacks.
public struct ImageLimits: Sendable, Equatable {
    /// Maximum pixels of an image (Pillow warns above 89 million).
    public var pixels = 100_000_000
    /// Maximum bytes of an encoded image.
    public var entryBytes = 64 << 20
    /// Maximum decoded bytes per encoded byte. Deflate can reach 1,032; no photo comes close.
    public var expansion = 1_000
    /// Images that decode to at most this many bytes are exempt from `expansion`.
    public var expansionExemption = 16 << 20

    /// The default limits.
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
