// A gray image in memory, for contact sheets, mistakes and findings.

internal import Dataset

/// Row-major gray pixels, 0...255, one byte each.
struct GrayImage: Sendable, Equatable {
    let size: ImageSize
    let pixels: [UInt8]

    init(size: ImageSize, pixels: [UInt8]) {
        precondition(pixels.count == size.area)
        self.size = size
        self.pixels = pixels
    }

    /// The image, reduced by averaging if its longer side has more than `side` pixels.
    func reduced(to side: Int) -> GrayImage {
        let factor = (max(size.width, size.height) + side - 1) / max(side, 1)
        guard factor > 1 else { return self }
        let small = ImageSize(
            width: (size.width + factor - 1) / factor, height: (size.height + factor - 1) / factor)
        var result: [UInt8] = []
        result.reserveCapacity(small.area)
        for top in stride(from: 0, to: size.height, by: factor) {
            for left in stride(from: 0, to: size.width, by: factor) {
                let (bottom, right) = (min(top + factor, size.height), min(left + factor, size.width))
                var sum = 0
                for y in top..<bottom {
                    for x in left..<right { sum += Int(pixels[y * size.width + x]) }
                }
                let count = (bottom - top) * (right - left)
                result.append(UInt8((sum + count / 2) / count))
            }
        }
        return GrayImage(size: small, pixels: result)
    }
}
