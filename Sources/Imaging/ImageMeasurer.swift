// Measures images one after the other, keeping the tables that it needs.

internal import Dataset

/// The measuring part of a worker: before resizing, and at the end.
public struct ImageMeasurer: ~Copyable {
    private var hashing: (size: ImageSize, hash: PerceptualHash)?

    public init() {}

    /// The hash of a prepared image.
    public mutating func hash(_ image: borrowing PixelBuffer) -> UInt64 {
        let size = image.shape.size
        if let hashing, hashing.size == size { return hashing.hash.hash(image.bytes) }
        let hash = PerceptualHash(size: size)
        hashing = (size, hash)
        return hash.hash(image.bytes)
    }
}
