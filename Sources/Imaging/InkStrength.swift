// Levels of ink: from paper and pen to 0...255 and to the levels that MNIST has.

internal import Dataset

/// Measures of how far pixels are from the paper, in the direction of ink.
enum InkStrength {
    /// Replaces the levels of `image` by their distance from the paper, 0 for paper and what is beyond it.
    ///
    /// - Returns: whether the paper was light, that is, whether levels were inverted.
    static func measure(_ image: inout PixelBuffer) -> Bool {
        let paper = backgroundLevel(image)
        let pixels = image.mutableBytes
        if paper >= 128 {
            for index in pixels.indices {
                let level = pixels[index]
                pixels[index] = level < paper ? paper &- level : 0
            }
            return true
        }
        for index in pixels.indices {
            let level = pixels[index]
            pixels[index] = level > paper ? level &- paper : 0
        }
        return false
    }

    /// The strength that the strongest half percent of the pixels reach: that of the ink, since even a thin
    /// digit covers more, and not that of single bad pixels.
    static func full(_ image: borrowing PixelBuffer) -> Int {
        let pixels = image.bytes
        let wanted = max(pixels.count / 200, 1)
        return withHistogram(of: pixels) { histogram in
            var count = 0
            for level in (1..<256).reversed() {
                count += Int(histogram[level])
                if count >= wanted { return level }
            }
            return 0
        }
    }

    /// Of MNIST's 70,000 images, 60 % of the inked pixels (32 and above) are at most this strong on average.
    static let usual = (share: 0.6, level: 235, inked: 32)

    /// Raises the levels of a digit whose strokes are weaker than MNIST's; never lowers any.
    static func raiseToMNIST(_ image: inout PixelBuffer) {
        let pixels = image.mutableBytes
        let level = withHistogram(of: UnsafeBufferPointer(pixels)) { histogram in
            let inked = histogram[usual.inked...].reduce(0) { $0 + Int($1) }
            var below = 0
            for level in usual.inked..<256 {
                below += Int(histogram[level])
                if Double(below) >= usual.share * Double(inked) { return level }
            }
            return 255
        }
        guard level < usual.level else { return }
        // Rounded to the nearest.
        for index in pixels.indices {
            pixels[index] = UInt8(min((Int(pixels[index]) * usual.level + level / 2) / level, 255))
        }
    }

    /// Counts of the 256 levels.
    private static func withHistogram<R>(
        of pixels: UnsafeBufferPointer<UInt8>, _ body: (UnsafeMutableBufferPointer<UInt32>) -> R
    ) -> R {
        withUnsafeTemporaryAllocation(of: UInt32.self, capacity: 256) { histogram in
            histogram.initialize(repeating: 0)
            for pixel in pixels { histogram[Int(pixel)] &+= 1 }
            return body(histogram)
        }
    }
}
