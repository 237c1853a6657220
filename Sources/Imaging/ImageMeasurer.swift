// Measures images one after the other, keeping the tables that it needs.

internal import Dataset

/// The measuring part of a worker.
public struct ImageMeasurer: ~Copyable {
    private var hashing: (size: ImageSize, hash: PerceptualHash)?

    public init() {}

    /// Adds to `measures` what is measured of a prepared image.
    public mutating func add(prepared image: borrowing PixelBuffer, to measures: inout ImageMeasures) {
        let size = image.shape.size
        let hash: PerceptualHash
        if let hashing, hashing.size == size {
            hash = hashing.hash
        } else {
            hash = PerceptualHash(size: size)
            hashing = (size, hash)
        }
        (measures.hash, measures.lowest) = hash.measure(image.bytes)
    }
}
