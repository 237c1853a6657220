// Dark ink on light paper, or light on dark.

internal import Dataset

/// Whether levels are inverted (255 - level).
public struct Polarity: Stage {
    public enum Mode: String, Sendable, CaseIterable {
        case keep, invert
        /// Inverts images whose background is light, so that all end as light ink on dark, as MNIST.
        case auto
    }

    public let mode: Mode

    public init(_ mode: Mode) { self.mode = mode }

    public func shape(after input: ImageShape) -> ImageShape { input }

    public func apply(to image: inout PixelBuffer, workspace: inout Workspace) {
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
