// Augmentation: elastic distortion, after Simard, Steinkraus and Platt, "Best Practices for Convolutional Neural Networks
// Applied to Visual Document Analysis" (ICDAR 2003).

internal import CKernels
package import Dataset

/// Moves each pixel by a random displacement. For each axis, displacements are drawn uniformly from -1 ... 1, blurred with
/// a Gaussian of `sigma` pixels, and multiplied by `alpha` pixels. Sampling is bilinear; outside the image is its
/// background.
///
/// The Gaussian reaches four sigma on each side; outside the field are its mirror images. torchvision's ElasticTransform
/// does the same with an alpha twice as large, since it counts in halves of pixels.
package struct Elastic: Sendable, Equatable {
    /// Pixels.
    package var alpha: Double
    /// Pixels.
    package var sigma: Double

    package init(alpha: Double, sigma: Double) {
        self.alpha = alpha
        self.sigma = sigma
    }
}

extension Elastic: RandomOperation {
    package static let name = "elastic"
    package static let keys = [AugmentationKey("elastic", .pair(0...4096, 0.5...64))]

    package init(_ texts: [String: String]) {
        let (alpha, sigma) = texts["elastic"].flatMap(AugmentationKey.pair) ?? (0, 1)
        self.init(alpha: alpha, sigma: sigma)
    }

    package var texts: [String] {
        func text(_ value: Double) -> String { Int(exactly: value).map(String.init) ?? "\(value)" }
        return ["\(text(alpha))/\(text(sigma))"]
    }

    package func change(
        _ random: inout SeededRandom, applies: Bool, from source: UnsafeBufferPointer<UInt8>,
        to target: UnsafeMutableBufferPointer<UInt8>, in workspace: borrowing AugmentationWorkspace
    ) {
        // One number is the key of all displacements.
        let key = random.next()
        guard applies else { return }
        workspace.field.draw(key: key, alpha: alpha)
        workspace.sampler.apply(workspace.field, from: source, to: target)
    }
}

extension Augmentation.Step {
    /// Elastic distortion: displacements from -1 ... 1, blurred by `sigma` pixels (0.5 to 64), times `alpha` pixels (up to
    /// 4096).
    public static func elastic(alpha: Double, sigma: Double, probability: Double = 1) -> Self {
        Self(Elastic(alpha: alpha, sigma: sigma), probability: probability)
    }
}
