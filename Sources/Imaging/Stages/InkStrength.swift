// Strength of ink: measured against the paper, 0...255, and raised to the levels of MNIST.

internal import Dataset

/// Measures how far pixels are from the paper, in the direction of ink.
enum InkStrength {
    /// Replaces every level of `image` with its distance from the paper in the direction of ink, at least 0.
    ///
    /// - Returns: whether the paper was light, so that levels were inverted.
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

    /// The strength that half a percent of the pixels reach. Even a thin digit covers more than that, so this is the
    /// strength of ink and not of single bad pixels.
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

    /// In an average image of MNIST's 70,000, 60 % of the inked pixels (32 and above) are at most this strong.
    static let usual = (share: 0.6, level: 235, inked: 32)

    /// Raises the levels of a digit whose strokes are weaker than MNIST's; never lowers them.
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
        for index in pixels.indices {
            pixels[index] = UInt8(min((Int(pixels[index]) * usual.level + level / 2) / level, 255))
        }
    }

    /// Passes to `body` how many pixels have each of the 256 levels.
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
