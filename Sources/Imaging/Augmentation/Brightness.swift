// Augmentation: makes an image darker or brighter.

package import Dataset

/// Multiplies all levels by one factor, as torchvision's `adjust_brightness`, and rounds to the nearest level where
/// torchvision cuts off.
package struct Brightness: Sendable, Equatable {
    private let tone: ToneRange

    /// - Parameter range: the factor is drawn from 1-range ... 1+range
    package init(_ range: Double) { tone = ToneRange(range) }
}

extension Brightness: RandomOperation {
    package static let name = "brightness"
    package static let keys = [AugmentationKey("brightness", ToneRange.values)]

    package init(_ texts: [String: String]) { tone = ToneRange(texts["brightness"]) }

    package var texts: [String] { [tone.text] }

    package func change(
        _ random: inout SeededRandom, applies: Bool, from source: UnsafeBufferPointer<UInt8>,
        to target: UnsafeMutableBufferPointer<UInt8>, in workspace: borrowing AugmentationWorkspace
    ) {
        let factor = tone.draw(&random)
        if applies { scaleLevels(source, factor: factor, offset: 0, to: target) }
    }
}

extension Augmentation.Step {
    /// Multiplies all levels by a factor from 1-range ... 1+range, up to 1.
    public static func brightness(_ range: Double, probability: Double = 1) -> Self {
        Self(Brightness(range), probability: probability)
    }
}
