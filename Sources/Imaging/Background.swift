// The level of the paper: what surrounds the ink.

internal import Dataset

/// The median of the outermost ring of pixels, in one channel; the lower median of an even count.
///
/// The border is where a digit rarely is, and a median ignores the strokes that do touch it.
func backgroundLevel(_ image: borrowing PixelBuffer, channel: Int = 0) -> UInt8 {
    borderMedian(image.bytes, size: image.shape.size, channels: image.shape.channels, channel: channel)
}

/// The same for pixels that lie elsewhere.
func borderMedian(
    _ pixels: UnsafeBufferPointer<UInt8>, size: ImageSize, channels: Int = 1, channel: Int = 0
) -> UInt8 {
    let (width, height) = (size.width, size.height)
    return withUnsafeTemporaryAllocation(of: UInt32.self, capacity: 256) { histogram in
        histogram.initialize(repeating: 0)
        var count: UInt32 = 0
        func tally(_ x: Int, _ y: Int) {
            histogram[Int(pixels[(y * width + x) * channels + channel])] += 1
            count += 1
        }
        for x in 0..<width {
            tally(x, 0)
            if height > 1 { tally(x, height - 1) }
        }
        for y in 1..<max(height - 1, 1) {
            tally(0, y)
            if width > 1 { tally(width - 1, y) }
        }
        var below: UInt32 = 0
        for level in 0..<256 {
            below += histogram[level]
            if below * 2 >= count { return UInt8(level) }
        }
        return 0
    }
}
