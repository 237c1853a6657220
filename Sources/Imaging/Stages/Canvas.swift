// Puts an image on a larger canvas of its own background level.

package import Dataset

/// Places gray images in the middle of a canvas. If the difference in size is odd, the extra row or column
/// is below or to the right.
package struct Canvas: Sendable, Equatable {
    package let source: ImageSize
    package let size: ImageSize

    /// `nil` if an image of size `source` does not fit.
    package init?(_ size: ImageSize, around source: ImageSize) {
        guard size.width >= source.width, size.height >= source.height else { return nil }
        self.source = source
        self.size = size
    }

    /// Writes `image` to `target`, surrounded by the median of its border; both are row-major gray.
    package func place(
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
