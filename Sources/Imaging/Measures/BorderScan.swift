// Finds lines along the border of an image, and ink that touches the border.

internal import Dataset

/// Lines and ink at the border of a gray image.
struct BorderScan {
    /// The share of a side's length that has ink within the band: the largest of the four sides.
    private(set) var frame = 0.0
    /// The share of outermost pixels that are ink, without corners and without sides that have a line.
    private(set) var edge = 0.0

    /// Depth of the band as a share of the image's width or height; length of a corner as a share of a side.
    static let band = 0.05
    static let corner = 0.1
    /// A pixel in the band is ink from this share of the full strength.
    static let inkShare = 0.6
    /// A side with ink along this share of its length has a line. Broken and slanted lines count too, because
    /// the whole band is scanned; strokes of digits are hardly ever that long.
    static let lineShare = 0.75

    private let pixels: UnsafeBufferPointer<UInt8>
    /// Pixels are ink where (level ^ flip) >= least.
    private let flip, least: UInt8

    init(_ image: borrowing PixelBuffer, paper: Int, strength: Int, isDark: Bool) {
        pixels = image.bytes
        flip = isDark ? 255 : 0
        // Pixels within 20 levels of the paper are grain.
        let distance = max(Int((Double(strength) * Self.inkShare).rounded()), 20)
        let (origin, needed) = (isDark ? 255 - paper : paper, distance)
        least = UInt8(min(origin + needed, 255))
        guard origin + needed <= 255 else { return }
        let (width, height) = (image.shape.size.width, image.shape.size.height)
        let (bandX, bandY) = (Self.depth(width), Self.depth(height))
        let sides = [
            Side(start: 0, along: width, across: 1, length: height, depth: bandX),
            Side(start: width - 1, along: width, across: -1, length: height, depth: bandX),
            Side(start: 0, along: 1, across: width, length: width, depth: bandY),
            Side(start: (height - 1) * width, along: 1, across: -width, length: width, depth: bandY),
        ]
        var (touching, looked) = (0, 0)
        for side in sides {
            let (inked, outer, count) = scan(side)
            let share = Double(inked) / Double(side.length)
            frame = max(frame, share)
            guard share < Self.lineShare else { continue }
            touching += outer
            looked += count
        }
        edge = Double(touching) / Double(max(looked, 1))
    }

    private static func depth(_ length: Int) -> Int { max(Int((Double(length) * band).rounded()), 1) }

    /// One side: `length` positions from `start`, each `depth` pixels deep.
    private struct Side {
        let start, along, across, length, depth: Int
    }

    /// How many positions have ink in the band; how many have ink in the outermost pixel, without corners; and how
    /// many positions there are without corners.
    private func scan(_ side: Side) -> (inked: Int, outer: Int, looked: Int) {
        let corner = max(Int(Double(side.length) * Self.corner), side.depth)
        var (inked, outer) = (0, 0)
        var index = side.start
        for position in 0..<side.length {
            // Without branches, because ink in the band is hard to predict.
            var found = 0
            var pixel = index
            for _ in 0..<side.depth {
                found |= isInk(pixel)
                pixel &+= side.across
            }
            inked &+= found
            if position >= corner, position < side.length - corner { outer &+= isInk(index) }
            index &+= side.along
        }
        return (inked, outer, max(side.length - 2 * corner, 0))
    }

    private func isInk(_ index: Int) -> Int { pixels[index] ^ flip >= least ? 1 : 0 }
}
