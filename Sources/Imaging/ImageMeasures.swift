// What is measured of every image while it is staged: a few bytes that quality findings rest on.

internal import CKernels
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
    /// Of the prepared image: its mean and lowest three frequencies, in levels; see `PerceptualHash`.
    public var lowest: SIMD4<Int8> = [0, 0, 0, 0]
    /// Of the prepared image; see `PerceptualHash`.
    public var hash: UInt64 = 0

    public init() {}

    /// Measures a gray image at its source's size; what is said of the prepared image stays 0.
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

    /// At most the mean square of the differences between two prepared images' pixels, as far as these measures
    /// tell: if it is large, the images need not be compared.
    public func leastMeanSquare(to other: ImageMeasures) -> Int {
        let difference = SIMD4<Int32>(truncatingIfNeeded: lowest) &- SIMD4(truncatingIfNeeded: other.lowest)
        // Both were rounded, by half a level each.
        let size = difference.replacing(with: 0 &- difference, where: difference .< 0)
        let sure = (size &- 1).replacing(with: 0, where: size .== 0)
        return Int((sure &* sure).wrappedSum())
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
        (paper, darkest, lightest) = withUnsafeTemporaryAllocation(of: UInt32.self, capacity: 256) {
            histogram in
            kernels_histogram(pixels.baseAddress, pixels.count, step, histogram.baseAddress)
            let ranks = (UInt32(count / 200), UInt32(count / 2), UInt32(count - 1 - count / 200))
            var below: UInt32 = 0
            var levels = (darkest: 0, paper: 0, lightest: 0)
            // As many levels as have no more pixels up to them than the rank are below it.
            for level in 0..<256 {
                below &+= histogram[level]
                levels.darkest &+= below <= ranks.0 ? 1 : 0
                levels.paper &+= below <= ranks.1 ? 1 : 0
                levels.lightest &+= below <= ranks.2 ? 1 : 0
            }
            return (UInt8(levels.paper), levels.darkest, levels.lightest)
        }
    }
}
