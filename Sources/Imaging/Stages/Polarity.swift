// Inverts levels, so that ink is light and paper dark.

internal import Dataset

/// Inverts levels (255 - level), always, never or where needed.
public struct Polarity: Stage {
    /// When levels are inverted.
    public enum Mode: String, Sendable, CaseIterable {
        case keep, invert
        /// Inverts images with a light background, so that all have light ink on dark, as in MNIST.
        case auto
    }

    package let mode: Mode

    package init(_ mode: Mode) { self.mode = mode }

    package func apply(to image: inout PixelBuffer, workspace: inout Workspace) {
        switch mode {
        case .keep: return
        case .invert: break
        case .auto: guard backgroundLevel(image) >= 128 else { return }
        }
        let pixels = image.mutableBytes
        for index in pixels.indices { pixels[index] = ~pixels[index] }
        workspace.operations.formSymmetricDifference(.inverted)
    }
}
