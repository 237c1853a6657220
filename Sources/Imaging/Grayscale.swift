// Colour to gray.

internal import CKernels
internal import Dataset

/// BT.601 luma, equal to Pillow's `convert("L")`: (19595 R + 38470 G + 7471 B + 32768) >> 16.
/// Gray images pass unchanged.
public struct Grayscale: Stage {
    public init() {}

    public func shape(after input: ImageShape) -> ImageShape {
        ImageShape(size: input.size, channels: 1)
    }

    public func apply(to image: inout PixelBuffer, workspace: inout Workspace) {
        guard image.shape.channels == 3 else { return }
        workspace.spare.reshape(shape(after: image.shape))
        kernels_gray_from_rgb(
            image.bytes.baseAddress, workspace.spare.mutableBytes.baseAddress, image.shape.size.area)
        swap(&image, &workspace.spare)
    }
}
