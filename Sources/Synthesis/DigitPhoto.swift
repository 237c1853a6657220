// A photo of a written digit: coloured ink on uneven paper, as in the Kaggle dataset.

internal import Dataset
internal import Imaging

enum DigitPhoto {
    static let size = ImageSize(width: 90, height: 140)

    /// Draws RGB pixels, row-major, interleaved.
    static func draw(digit: Int, _ random: inout SeededRandom) -> [UInt8] {
        let writing = Handwriting(digit: digit, size: size, inkHeight: 0.6, penRadius: 2.2, &random)
        let coverage = writing.coverage(size: size)
        let paper = [236 + random.symmetric(14), 234 + random.symmetric(14), 230 + random.symmetric(16)]
        // Mostly blue ballpoint, sometimes black.
        let isBlue = random.unit() < 0.8
        let ink =
            isBlue
            ? [45 + random.symmetric(25), 60 + random.symmetric(25), 150 + random.symmetric(35)]
            : [50 + random.symmetric(20), 50 + random.symmetric(20), 55 + random.symmetric(20)]
        let (slopeX, slopeY) = (random.symmetric(12), random.symmetric(12))
        var pixels: [UInt8] = []
        pixels.reserveCapacity(size.area * 3)
        for y in 0..<size.height {
            for x in 0..<size.width {
                let light =
                    slopeX * (Double(x) / Double(size.width) - 0.5) + slopeY
                    * (Double(y) / Double(size.height) - 0.5)
                let grain = Double(random.next() & 7) - 3.5
                let covered = Double(coverage[y * size.width + x])
                for channel in 0..<3 {
                    let level = paper[channel] + light + (ink[channel] - paper[channel]) * covered + grain
                    pixels.append(UInt8(min(max(level, 0), 255)))
                }
            }
        }
        return pixels
    }
}

/// A digit as in MNIST: light on black, 28x28, about 20 pixels high.
enum DigitBitmap {
    static let size = ImageSize(width: 28, height: 28)

    static func draw(digit: Int, _ random: inout SeededRandom) -> [UInt8] {
        let writing = Handwriting(digit: digit, size: size, inkHeight: 0.66, penRadius: 1.1, &random)
        return writing.coverage(size: size).map { UInt8($0 * 255) }
    }
}
