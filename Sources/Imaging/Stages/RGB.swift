// Converts gray to colour.

internal import Dataset

/// Repeats gray levels in red, green and blue, as Pillow's `convert("RGB")`. Colour images pass unchanged.
package struct RGB: Stage {
    package init() {}

    package func apply(to image: inout PixelBuffer, workspace: inout Workspace) {
        guard image.shape.channels == 1 else { return }
        workspace.spare.reshape(ImageShape(size: image.shape.size, channels: 3))
        let (gray, colour) = (image.bytes, workspace.spare.mutableBytes)
        for index in gray.indices {
            let level = gray[index]
            (colour[3 * index], colour[3 * index + 1], colour[3 * index + 2]) = (level, level, level)
        }
        swap(&image, &workspace.spare)
    }
}

extension PixelBuffer {
    /// Whether a pixel has different levels of red, green and blue.
    package var hasColour: Bool {
        guard shape.channels == 3 else { return false }
        let bytes = bytes
        return stride(from: 0, to: bytes.count, by: 3).contains {
            bytes[$0] != bytes[$0 + 1] || bytes[$0] != bytes[$0 + 2]
        }
    }
}
