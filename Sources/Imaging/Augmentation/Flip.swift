// Augmentation: mirrors an image. Never unless asked for, because it turns a digit or letter into another.

internal import CKernels
package import Dataset

/// Mirrors left and right, or top and bottom, as torchvision's `hflip` and `vflip`.
package struct Flip: Sendable, Equatable {
    package enum Direction: String, Sendable, CaseIterable {
        case horizontal, vertical
    }

    package var direction: Direction

    package init(_ direction: Direction) { self.direction = direction }
}

extension Flip: RandomOperation {
    package static let name = "flip"
    package static let keys = [AugmentationKey("flip", .choice(Direction.allCases.map(\.rawValue)))]
    package static let usualProbability = 0.5

    package init(_ texts: [String: String]) {
        self.init(texts["flip"].flatMap(Direction.init) ?? .horizontal)
    }

    package var texts: [String] { [direction.rawValue] }

    package func change(
        _ random: inout SeededRandom, applies: Bool, from source: UnsafeBufferPointer<UInt8>,
        to target: UnsafeMutableBufferPointer<UInt8>, in workspace: borrowing AugmentationWorkspace
    ) {
        guard applies, let input = source.baseAddress, let output = target.baseAddress else { return }
        let shape = workspace.shape
        let (height, row) = (shape.size.height, shape.size.width * shape.channels)
        switch direction {
        case .horizontal:
            kernels_flip(input, Int32(shape.size.width), Int32(height), Int32(shape.channels), output)
        case .vertical:
            for y in 0..<height {
                (output + y * row).update(from: input + (height - 1 - y) * row, count: row)
            }
        }
    }
}

extension Augmentation.Step {
    /// Mirrors left and right, or with `vertical` top and bottom.
    public static func flip(vertical: Bool = false, probability: Double = 0.5) -> Self {
        Self(Flip(vertical ? .vertical : .horizontal), probability: probability)
    }
}
