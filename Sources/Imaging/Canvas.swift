// A larger frame around an image, in the image's own background.

public import Dataset

/// Places gray images in the middle of a canvas. Where the difference is odd, the one more row or column
/// goes below or to the right.
public struct Canvas: Sendable, Equatable {
    public let source: ImageSize
    public let size: ImageSize

    /// `nil` if an image of `source` does not fit.
    public init?(_ size: ImageSize, around source: ImageSize) {
        guard size.width >= source.width, size.height >= source.height else { return nil }
        self.source = source
        self.size = size
    }

    /// Writes `image` and the median of its border around it to `target`, both row-major gray.
    public func place(
        _ image: UnsafeBufferPointer<UInt8>, on target: UnsafeMutableBufferPointer<UInt8>
    ) {
        precondition(image.count == source.area && target.count == size.area)
        guard let from = image.baseAddress, let to = target.baseAddress else { return }
        target.update(repeating: borderMedian(image, size: source))
        let left = (size.width - source.width) / 2
        let top = (size.height - source.height) / 2
        for y in 0..<source.height {
            (to + (top + y) * size.width + left).update(from: from + y * source.width, count: source.width)
        }
    }
}
