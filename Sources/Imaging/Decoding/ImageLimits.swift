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
    static let expansionExemption = 16 << 20
    /// Maximum pixels of a side. JPEG has no longer ones; tables for resizing grow with the side, and reading a row
    /// of a PNG takes time even if it has one pixel.
    static let side = 1 << 16
    /// Maximum bytes of memory for decoding, for an image of up to a megabyte. Without alpha and in one scan, that
    /// is enough for 60 megapixels in colour; with alpha, for 26.
    static let memory = 176 << 20
    /// The same per encoded byte, for larger images. A photo needs about 30.
    static let memoryPerByte = 128

    /// The default limits.
    public init() {}

    /// - Parameter memory: bytes that decoding takes for the pixels, with everything in between
    func check(_ shape: ImageShape, encodedBytes: Int, memory: Int) throws(ImageError) {
        let size = shape.size
        guard size.width > 0, size.height > 0 else { throw .unusable("\(size) pixels are no image") }
        guard max(size.width, size.height) <= Self.side else { throw .tooLongSide(size, limit: Self.side) }
        let (area, overflow) = size.width.multipliedReportingOverflow(by: size.height)
        guard !overflow, area <= pixels else {
            throw .tooManyPixels(size, limit: pixels)
        }
        guard shape.byteCount <= max(Self.expansionExemption, encodedBytes * expansion) else {
            throw .tooLargeExpansion(size, bytes: encodedBytes, limit: expansion)
        }
        try check(memory: memory, encodedBytes: encodedBytes)
    }

    func check(memory: Int, encodedBytes: Int) throws(ImageError) {
        let limit = max(Self.memory, encodedBytes * Self.memoryPerByte)
        guard memory <= limit else { throw .tooMuchMemory(bytes: memory, limit: limit) }
    }
}
