// The background level of an image, which is that of the paper around the ink.

internal import Dataset

/// The median of the outermost ring of pixels, in one channel; the lower median if their count is even.
///
/// A digit rarely reaches the border, and the median ignores the strokes that do.
func backgroundLevel(_ image: borrowing PixelBuffer, channel: Int = 0) -> UInt8 {
    borderMedian(image.bytes, size: image.shape.size, channels: image.shape.channels, channel: channel)
}

/// The same for row-major pixels outside a `PixelBuffer`.
func borderMedian(
    _ pixels: UnsafeBufferPointer<UInt8>, size: ImageSize, channels: Int = 1, channel: Int = 0
) -> UInt8 {
    let (width, height) = (size.width, size.height)
    if channels == 1, let level = borderMajority(pixels, width, height) { return level }
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

/// The level of the first pixel if more than half of the ring has it: then it is the median, and no
/// histogram is needed. Most prepared digits are like that.
private func borderMajority(_ pixels: UnsafeBufferPointer<UInt8>, _ width: Int, _ height: Int) -> UInt8? {
    guard width > 1, height > 1 else { return nil }
    let level = pixels[0]
    func count(_ start: Int, _ length: Int, by step: Int) -> Int {
        var equal = 0
        var index = start
        for _ in 0..<length {
            equal &+= pixels[index] == level ? 1 : 0
            index &+= step
        }
        return equal
    }
    let equal =
        count(0, width, by: 1) + count((height - 1) * width, width, by: 1)
        + count(width, height - 2, by: width) + count(2 * width - 1, height - 2, by: width)
    return equal * 2 > 2 * width + 2 * height - 4 ? level : nil
}
