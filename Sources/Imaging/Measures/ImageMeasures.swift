// Measures taken of every image during staging, a few bytes each; quality findings use them.

internal import CKernels
internal import Dataset

/// Measures of an image before resizing, in gray. Only five bytes, because there may be millions.
package struct ImageMeasures: Sendable, Equatable {
    /// The level of the paper, 0...255: the median of all pixels.
    package var paper: UInt8 = 0
    /// The difference from the paper that half a percent of the pixels reach, darker or lighter, 0...255.
    package var strength: UInt8 = 0
    /// The share of a side's length that has ink along the border, in percent: the largest of the four sides.
    package var frame: UInt8 = 0
    /// The share of outermost pixels that are ink, without corners and lines, in per mille; at most 255.
    package var edge: UInt8 = 0
    /// The share of pixels within `grain` levels of the paper, in percent: high for ink on paper, low for photos.
    package var plain: UInt8 = 0

    /// Levels that paper varies by.
    package static let grain = 32

    package init() {}

    /// Number of `bytes`.
    package static let byteCount = 5

    /// What `bytes` gives.
    package init(bytes: some Collection<UInt8>) {
        precondition(bytes.count == Self.byteCount)
        let bytes = Array(bytes)
        (paper, strength, frame, edge, plain) = (bytes[0], bytes[1], bytes[2], bytes[3], bytes[4])
    }

    package var bytes: [UInt8] { [paper, strength, frame, edge, plain] }

    /// Measures an image before resizing.
    package init(source image: borrowing PixelBuffer, workspace: inout Workspace) {
        if image.shape.channels == 1 {
            self.init(source: image)
        } else {
            Grayscale.convert(image, into: &workspace.gray)
            self.init(source: workspace.gray)
        }
    }

    /// Measures a gray image before resizing.
    package init(source image: borrowing PixelBuffer) {
        precondition(image.shape.channels == 1)
        let levels = SampledLevels(image.bytes)
        paper = levels.paper
        let (dark, light) = (Int(levels.paper) - levels.darkest, levels.lightest - Int(levels.paper))
        strength = UInt8(max(dark, light))
        plain = levels.plain
        let scan = BorderScan(
            image, paper: Int(paper), strength: Int(strength), isDark: dark >= light)
        frame = UInt8((scan.frame * 100).rounded(.down))
        edge = UInt8(min((scan.edge * 1000).rounded(.up), 255))
    }
}

/// Levels of about two thousand evenly spread pixels: as accurate as all pixels, in a fraction of the time.
struct SampledLevels {
    /// The median.
    let paper: UInt8
    /// Levels that half a percent of the pixels are at or below, and at or above.
    let darkest, lightest: Int
    /// The share of pixels within `ImageMeasures.grain` levels of the median, in percent.
    let plain: UInt8

    static let wanted = 2048

    init(_ pixels: UnsafeBufferPointer<UInt8>) {
        // An odd step visits all columns of an image whose width is a power of two.
        let step = max(pixels.count / Self.wanted, 1) | 1
        let count = (pixels.count + step - 1) / step
        (paper, darkest, lightest, plain) = withUnsafeTemporaryAllocation(of: UInt32.self, capacity: 256) {
            histogram in
            kernels_histogram(pixels.baseAddress, pixels.count, step, histogram.baseAddress)
            let ranks = (UInt32(count / 200), UInt32(count / 2), UInt32(count - 1 - count / 200))
            var below: UInt32 = 0
            var levels = (darkest: 0, paper: 0, lightest: 0)
            // The level at a rank is the number of levels whose cumulative count does not exceed the rank.
            for level in 0..<256 {
                below &+= histogram[level]
                levels.darkest &+= below <= ranks.0 ? 1 : 0
                levels.paper &+= below <= ranks.1 ? 1 : 0
                levels.lightest &+= below <= ranks.2 ? 1 : 0
            }
            let grain =
                max(levels.paper - ImageMeasures.grain, 0)...min(levels.paper + ImageMeasures.grain, 255)
            var plain: UInt32 = 0
            for level in grain { plain &+= histogram[level] }
            return (
                UInt8(levels.paper), levels.darkest, levels.lightest, UInt8(Int(plain) * 100 / max(count, 1))
            )
        }
    }
}
