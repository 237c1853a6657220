// Puts an image on a larger canvas of its own background level.

package import Dataset

/// Places images in the middle of a canvas. If the difference in size is odd, the extra row or column
/// is below or to the right.
package struct Canvas: Sendable, Equatable {
    package let source: ImageShape
    package let size: ImageSize

    /// `nil` if an image of shape `source` does not fit.
    package init?(_ size: ImageSize, around source: ImageShape) {
        guard size.width >= source.size.width, size.height >= source.size.height else { return nil }
        self.source = source
        self.size = size
    }

    /// The shape of an image on its canvas.
    package var shape: ImageShape { ImageShape(size: size, channels: source.channels) }

    /// Writes `image` to `target`, surrounded by the median of its border in each channel; both are row-major, with their
    /// channels interleaved.
    package func place(
        _ image: UnsafeBufferPointer<UInt8>, on target: UnsafeMutableBufferPointer<UInt8>
    ) {
        precondition(image.count == source.byteCount && target.count == shape.byteCount)
        guard let from = image.baseAddress, let to = target.baseAddress else { return }
        let channels = source.channels
        Background(of: image, source).fill(to, pixels: size.area)
        let left = (size.width - source.size.width) / 2
        let top = (size.height - source.size.height) / 2
        let row = source.size.width * channels
        for y in 0..<source.size.height {
            (to + ((top + y) * size.width + left) * channels).update(from: from + y * row, count: row)
        }
    }
}
