// Converts colour to gray.

internal import CKernels
internal import Dataset

/// BT.601 luma, equal to Pillow's `convert("L")`: (19595 R + 38470 G + 7471 B + 32768) >> 16.
/// Gray images pass unchanged.
package struct Grayscale: Stage {
    package init() {}

    package func apply(to image: inout PixelBuffer, workspace: inout Workspace) {
        guard image.shape.channels == 3 else { return }
        Self.convert(image, into: &workspace.spare)
        swap(&image, &workspace.spare)
    }

    /// Writes the gray levels of an RGB image to `gray`.
    static func convert(_ image: borrowing PixelBuffer, into gray: inout PixelBuffer) {
        gray.reshape(ImageShape(size: image.shape.size, channels: 1))
        kernels_gray_from_rgb(
            image.bytes.baseAddress, gray.mutableBytes.baseAddress, image.shape.size.area)
    }
}
