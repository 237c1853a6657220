// The background level of an image, which is that of the paper around the ink.

internal import CKernels
internal import Dataset

/// The median of the outermost ring of pixels, in one channel; the lower median if their count is even.
///
/// A digit rarely reaches the border, and the median ignores the strokes that do.
func backgroundLevel(_ image: borrowing PixelBuffer, channel: Int = 0) -> UInt8 {
    Background(of: image.bytes, image.shape).levels[channel]
}

/// The background of an image: that median in each channel.
struct Background {
    /// One for each channel; others are not used.
    private(set) var levels = SIMD4<UInt8>()
    private let channels: Int

    /// - Parameter pixels: row-major, channels interleaved
    init(of pixels: UnsafeBufferPointer<UInt8>, _ shape: ImageShape) {
        precondition(pixels.count == shape.byteCount && [1, 3].contains(shape.channels))
        channels = shape.channels
        guard !pixels.isEmpty else { return }
        let (width, height) = (shape.size.width, shape.size.height)
        withUnsafeTemporaryAllocation(of: UInt8.self, capacity: 2 * (width + height) + 64) { ring in
            withUnsafeMutableBytes(of: &levels) { levels in
                kernels_border_levels(
                    pixels.baseAddress, Int32(width), Int32(height), Int32(channels), ring.baseAddress,
                    levels.baseAddress?.assumingMemoryBound(to: UInt8.self))
            }
        }
    }

    /// Writes it to pixels that follow each other.
    func fill(_ target: UnsafeMutablePointer<UInt8>, pixels: Int) {
        guard channels == 3, levels[0] != levels[1] || levels[1] != levels[2] else {
            target.update(repeating: levels[0], count: pixels * channels)
            return
        }
        for pixel in 0..<pixels {
            for channel in 0..<3 { target[3 * pixel + channel] = levels[channel] }
        }
    }
}
