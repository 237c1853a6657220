// An image in memory, for contact sheets, mistakes and findings.

internal import Dataset

/// Row-major pixels, 0...255, gray or RGB interleaved.
struct Picture: Sendable, Equatable {
    let shape: ImageShape
    let pixels: [UInt8]

    var size: ImageSize { shape.size }

    init(_ shape: ImageShape, pixels: [UInt8]) {
        precondition(pixels.count == shape.byteCount)
        self.shape = shape
        self.pixels = pixels
    }

    /// Red, green and blue of a pixel, which are equal if the picture is gray.
    func color(_ x: Int, _ y: Int) -> (red: UInt8, green: UInt8, blue: UInt8) {
        let channels = shape.channels
        let first = (y * size.width + x) * channels
        return (pixels[first], pixels[first + channels / 2], pixels[first + channels - 1])
    }

    /// How bright a pixel is, 0...255.
    func level(_ x: Int, _ y: Int) -> Int {
        let (red, green, blue) = color(x, y)
        return (299 * Int(red) + 587 * Int(green) + 114 * Int(blue) + 500) / 1000
    }

    /// The image, reduced by averaging if its longer side has more than `side` pixels.
    func reduced(to side: Int) -> Picture {
        let factor = (max(size.width, size.height) + side - 1) / max(side, 1)
        guard factor > 1 else { return self }
        let small = ImageSize(
            width: (size.width + factor - 1) / factor, height: (size.height + factor - 1) / factor)
        let channels = shape.channels
        var result: [UInt8] = []
        result.reserveCapacity(small.area * channels)
        for top in stride(from: 0, to: size.height, by: factor) {
            for left in stride(from: 0, to: size.width, by: factor) {
                let (bottom, right) = (min(top + factor, size.height), min(left + factor, size.width))
                let count = (bottom - top) * (right - left)
                for channel in 0..<channels {
                    var sum = 0
                    for y in top..<bottom {
                        for x in left..<right {
                            sum += Int(pixels[(y * size.width + x) * channels + channel])
                        }
                    }
                    result.append(UInt8((sum + count / 2) / count))
                }
            }
        }
        return Picture(ImageShape(size: small, channels: channels), pixels: result)
    }
}
