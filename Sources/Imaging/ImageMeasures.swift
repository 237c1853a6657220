// What is measured of every image while it is staged: a few bytes that quality findings rest on.

internal import Dataset

/// Measures of a gray image before it is resized, and of the result. 16 bytes, since there may be millions.
public struct ImageMeasures: Sendable, Equatable {
    /// The paper's level: the median of all pixels.
    public var paper: UInt8 = 0
    /// How far the strongest half percent of the pixels are from the paper, darker or lighter, 0...255.
    public var strength: UInt8 = 0
    /// The side of the border that looks most like a line: the share of its length that is ink, in percent.
    public var frame: UInt8 = 0
    /// Ink in the outermost ring of pixels, away from corners and lines: its share of the ring, in per mille,
    /// 255 at most.
    public var edge: UInt8 = 0
    /// See `PerceptualHash`.
    public var hash: UInt64 = 0

    public init() {}

    /// Measures a gray image at its source's size; `hash` stays 0.
    public init(source image: borrowing PixelBuffer) {
        precondition(image.shape.channels == 1)
        let levels = SampledLevels(image.bytes)
        paper = levels.paper
        let (dark, light) = (Int(levels.paper) - levels.darkest, levels.lightest - Int(levels.paper))
        strength = UInt8(max(dark, light))
        let scan = BorderScan(
            image, paper: Int(paper), strength: Int(strength), isDark: dark >= light)
        frame = UInt8((scan.frame * 100).rounded(.down))
        edge = UInt8(min((scan.edge * 1000).rounded(.up), 255))
    }
}

/// The levels of about two thousand pixels, evenly spread: as good as all, at a fraction of the time.
struct SampledLevels {
    /// The median.
    let paper: UInt8
    /// Half a percent of the pixels are at or below, and at or above.
    let darkest, lightest: Int

    static let wanted = 2048

    init(_ pixels: UnsafeBufferPointer<UInt8>) {
        // An odd step meets all columns of an image of even width.
        let step = max(pixels.count / Self.wanted, 1) | 1
        let count = (pixels.count + step - 1) / step
        // Two histograms in turn: counting one level many times would wait for the count before.
        (paper, darkest, lightest) = withUnsafeTemporaryAllocation(of: UInt32.self, capacity: 512) {
            histogram in
            histogram.initialize(repeating: 0)
            var half = 0
            for index in stride(from: 0, to: pixels.count, by: step) {
                histogram[half &+ Int(pixels[index])] &+= 1
                half ^= 256
            }
            for level in 0..<256 { histogram[level] += histogram[level + 256] }
            func level(atRank rank: Int) -> Int {
                var below = 0
                for level in 0..<256 {
                    below += Int(histogram[level])
                    if below > rank { return level }
                }
                return 255
            }
            let tail = count / 200
            return (UInt8(level(atRank: count / 2)), level(atRank: tail), level(atRank: count - 1 - tail))
        }
    }
}
