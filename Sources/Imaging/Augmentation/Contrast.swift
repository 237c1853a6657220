// Augmentation: moves all levels towards the image's mean, or away from it.

internal import CKernels
package import Dataset

/// Multiplies the differences from the mean gray level by one factor, as torchvision's `adjust_contrast`, and rounds to
/// the nearest level where torchvision cuts off. In colour the mean is that of Pillow's `convert("L")`.
package struct Contrast: Sendable, Equatable {
    private let tone: ToneRange

    /// - Parameter range: the factor is drawn from 1-range ... 1+range
    package init(_ range: Double) { tone = ToneRange(range) }
}

extension Contrast: RandomOperation {
    package static let name = "contrast"
    package static let keys = [AugmentationKey("contrast", ToneRange.values)]

    package init(_ texts: [String: String]) { tone = ToneRange(texts["contrast"]) }

    package var texts: [String] { [tone.text] }

    package func change(
        _ random: inout SeededRandom, applies: Bool, from source: UnsafeBufferPointer<UInt8>,
        to target: UnsafeMutableBufferPointer<UInt8>, in workspace: borrowing AugmentationWorkspace
    ) {
        let factor = tone.draw(&random)
        if applies { Self.adjust(source, by: factor, workspace.shape, to: target) }
    }

    /// - Parameter factor: in 16.16 fixed point
    static func adjust(
        _ source: UnsafeBufferPointer<UInt8>, by factor: Int32, _ shape: ImageShape,
        to target: UnsafeMutableBufferPointer<UInt8>
    ) {
        guard let input = source.baseAddress, let output = target.baseAddress else { return }
        let area = shape.size.area
        var gray = input
        if shape.channels == 3 {
            // All of the target is overwritten below.
            kernels_gray_from_rgb(input, output, area)
            gray = UnsafePointer(output)
        }
        // The mean times what is left for it, rounded down; in 64 bits for 2^32 pixels.
        let sum = Int(kernels_sum(gray, area)) * Int(65536 - factor)
        let offset = (sum >= 0 ? sum : sum - area + 1) / area
        scaleLevels(source, factor: factor, offset: Int32(offset), to: target)
    }
}

extension Augmentation.Step {
    /// Multiplies the differences from the mean gray level by a factor from 1-range ... 1+range, up to 1.
    public static func contrast(_ range: Double, probability: Double = 1) -> Self {
        Self(Contrast(range), probability: probability)
    }
}
