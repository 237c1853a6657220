// Brings a photo of a character to MNIST's shape, for `--fit mnist`.

internal import CKernels
package import Dataset

/// Light ink on black, the ink's box scaled to 20 of 28 pixels with its aspect ratio kept, its centre of mass at
/// pixel 14. This is how MNIST was made from NIST's scans (LeCun, Cortes and Burges, "The MNIST database of
/// handwritten digits"), with additional steps for photos.
///
/// 1. Polarity and paper: the median of the border is the paper; light paper means dark ink. The difference from
///    the paper in the direction of ink is the strength, 0...255.
/// 2. Ink: connected pixels of at least a fifth of the full strength, without lines along the border (see
///    `InkMap.removeFrame`) and without specks. Everything else becomes 0.
/// 3. Place: one resampling applies scale and offset, so strokes are interpolated once. An image that already has
///    MNIST's shape, only larger, is scaled as a whole.
/// 4. Levels: thin strokes lose strength when they shrink, so they are raised to the level of MNIST's.
///
/// Every step uses only the image itself. Images without ink become black. For other target sizes than 28x28, all
/// measures scale along.
package struct MNISTShape: Stage {
    package let size: ImageSize
    package let filter: ResizeFilter

    /// The share of the target that the ink's longer side takes.
    static let inkShare = 20.0 / 28
    /// Images whose full strength is below this, of 255, show only paper and noise.
    static let faintestInk = 8
    /// Images larger than this many times the target are reduced first: ink stays wide enough to trace, and
    /// tracing a photo of many megapixels takes no longer than a small one.
    static let largestRatio = 16

    package init(size: ImageSize, filter: ResizeFilter = .bilinear) {
        self.size = size
        self.filter = filter
    }

    /// - Precondition: `image` is gray.
    package func apply(to image: inout PixelBuffer, workspace: inout Workspace) {
        precondition(image.shape.channels == 1)
        reduce(&image, &workspace)
        if InkStrength.measure(&image) { workspace.operations.formSymmetricDifference(.inverted) }
        let full = InkStrength.full(image)
        guard full >= Self.faintestInk, let ink = workspace.ink.trace(&image, full: full) else {
            image.reshape(ImageShape(size: size, channels: 1))
            image.mutableBytes.update(repeating: 0)
            return
        }
        place(&image, Placement(of: ink, in: image.shape.size, to: size), &workspace)
        InkStrength.raiseToMNIST(&image)
    }

    /// Images that are larger are reduced to this.
    package static func largestSize(for size: ImageSize) -> ImageSize {
        ImageSize(width: size.width * largestRatio, height: size.height * largestRatio)
    }

    private func reduce(_ image: inout PixelBuffer, _ workspace: inout Workspace) {
        let limit = Self.largestSize(for: size)
        guard image.shape.size.width > limit.width || image.shape.size.height > limit.height else { return }
        let smaller = Resize(size: limit, fit: .contain).containedSize(of: image.shape.size)
        Resize(size: smaller, filter: .box).apply(to: &image, workspace: &workspace)
    }

    /// Resamples the window of `placement`, horizontally, then vertically.
    private func place(
        _ image: inout PixelBuffer, _ placement: Placement, _ workspace: inout Workspace
    ) {
        let source = image.shape.size
        let columns = ResizeWeights(
            window: placement.x, of: source.width, to: size.width, filter: filter)
        let rows = ResizeWeights(
            window: placement.y, of: source.height, to: size.height, filter: filter)
        let narrow = ImageSize(width: size.width, height: source.height)
        workspace.spare.reshape(ImageShape(size: narrow, channels: 1))
        columns.withAxis { axis in
            kernels_resize_horizontal(
                image.bytes.baseAddress, Int32(source.width), Int32(source.height), 1, axis,
                workspace.spare.mutableBytes.baseAddress, Int32(size.width))
        }
        image.reshape(ImageShape(size: size, channels: 1))
        rows.withAxis { axis in
            kernels_resize_vertical(
                workspace.spare.bytes.baseAddress, Int32(size.width), axis,
                image.mutableBytes.baseAddress, Int32(size.height))
        }
    }
}
