// Resizes an image to the size of the dataset.

internal import CKernels
package import Dataset

/// How an image is fitted to the target size.
public enum Fit: String, Sendable, CaseIterable {
    /// Scales width and height independently; the aspect ratio is lost.
    case stretch
    /// Scales to fit inside and centres; the rest is filled with the image's background level.
    case contain
    /// Scales to cover the target, keeping the aspect ratio, and cuts out the middle.
    case cover
    /// Keeps only the ink and places it as in MNIST: its box in 20 of 28 pixels, its centre of mass in the middle.
    case mnist
}

/// Antialiased resampling, equal to Pillow's `resize` to the last bit: a horizontal and a vertical
/// pass, rounded to bytes after each. `contain` is Pillow's `ImageOps.pad` with the background
/// level of the image as colour; `cover` is torchvision's `Resize`, which scales the shorter side and rounds the longer
/// one down, and `CenterCrop`, on Pillow's images. `Fit.mnist` has its own stage, `MNISTShape`.
package struct Resize: Stage {
    package let size: ImageSize
    package let filter: ResizeFilter
    package let fit: Fit

    package init(size: ImageSize, filter: ResizeFilter = .bilinear, fit: Fit = .stretch) {
        precondition(fit != .mnist)
        self.size = size
        self.filter = filter
        self.fit = fit
    }

    package func apply(to image: inout PixelBuffer, workspace: inout Workspace) {
        switch fit {
        case .cover: resample(&image, to: coveringSize(of: image.shape.size), &workspace)
        case .contain:
            let inner = containedSize(of: image.shape.size)
            let background =
                inner == size ? [] : (0..<image.shape.channels).map { backgroundLevel(image, channel: $0) }
            resample(&image, to: inner, &workspace)
            if inner != size { pad(&image, background, &workspace) }
        case .stretch, .mnist: resample(&image, to: size, &workspace)
        }
    }

    /// The smallest size with the same aspect ratio that covers `size`; the side that exceeds it is rounded down.
    func coveringSize(of source: ImageSize) -> ImageSize {
        // The side whose scale is larger is met exactly.
        if size.width * source.height >= size.height * source.width {
            return ImageSize(width: size.width, height: size.width * source.height / source.width)
        }
        return ImageSize(width: size.height * source.width / source.height, height: size.height)
    }

    /// The largest size with the same aspect ratio inside `size`, with halves rounded to even, as in Python.
    func containedSize(of source: ImageSize) -> ImageSize {
        let (from, to) = (
            Double(source.width) / Double(source.height), Double(size.width) / Double(size.height)
        )
        var inner = size
        if from > to {
            let height = Double(source.height) / Double(source.width) * Double(size.width)
            inner.height = max(Int(height.rounded(.toNearestOrEven)), 1)
        } else if from < to {
            let width = Double(source.width) / Double(source.height) * Double(size.height)
            inner.width = max(Int(width.rounded(.toNearestOrEven)), 1)
        }
        return inner
    }

    /// Resamples to `target`, or to as much of its middle as `size` has room for.
    private func resample(_ image: inout PixelBuffer, to target: ImageSize, _ workspace: inout Workspace) {
        let source = image.shape.size
        // The order of Pillow since version 13: vertical first if the height shrinks by far the most. Earlier
        // versions always began with the horizontal pass; the results differ by at most one gray level.
        let (lessHeight, lessWidth) = (source.height - target.height, source.width - target.width)
        let verticalFirst = lessHeight > 0 && lessHeight > 2 * lessWidth
        let (columns, rows) = (
            Self.middle(of: target.width, size.width), Self.middle(of: target.height, size.height)
        )
        func resampleVertically(_ image: inout PixelBuffer, _ workspace: inout Workspace) {
            if source.height != target.height || rows.count < target.height {
                resampleRows(&image, to: target.height, rows, &workspace)
            }
        }
        if verticalFirst { resampleVertically(&image, &workspace) }
        if source.width != target.width || columns.count < target.width {
            resampleColumns(&image, to: target.width, columns, &workspace)
        }
        if !verticalFirst { resampleVertically(&image, &workspace) }
    }

    /// The middle `wanted` of `length` positions, or all if they are fewer. Halves are rounded to even, as in Python.
    private static func middle(of length: Int, _ wanted: Int) -> Range<Int> {
        guard length > wanted else { return 0..<length }
        let start = Int((Double(length - wanted) / 2).rounded(.toNearestOrEven))
        return start..<start + wanted
    }

    /// The horizontal pass to `width` columns, of which only `columns` are computed.
    private func resampleColumns(
        _ image: inout PixelBuffer, to width: Int, _ columns: Range<Int>, _ workspace: inout Workspace
    ) {
        let (source, channels) = (image.shape.size, image.shape.channels)
        let table = workspace.weights.weights(from: source.width, to: width, filter: filter)
        workspace.spare.reshape(
            ImageShape(size: ImageSize(width: columns.count, height: source.height), channels: channels))
        let (input, output) = (image.bytes, workspace.spare.mutableBytes)
        table.withAxis(columns) { axis in
            kernels_resize_horizontal(
                input.baseAddress, Int32(source.width), Int32(source.height), Int32(channels), axis,
                output.baseAddress, Int32(columns.count))
        }
        swap(&image, &workspace.spare)
    }

    /// The vertical pass to `height` rows, of which only `rows` are computed.
    private func resampleRows(
        _ image: inout PixelBuffer, to height: Int, _ rows: Range<Int>, _ workspace: inout Workspace
    ) {
        let (source, channels) = (image.shape.size, image.shape.channels)
        let table = workspace.weights.weights(from: source.height, to: height, filter: filter)
        workspace.spare.reshape(
            ImageShape(size: ImageSize(width: source.width, height: rows.count), channels: channels))
        let (input, output) = (image.bytes, workspace.spare.mutableBytes)
        table.withAxis(rows) { axis in
            kernels_resize_vertical(
                input.baseAddress, Int32(source.width * channels), axis, output.baseAddress, Int32(rows.count)
            )
        }
        swap(&image, &workspace.spare)
    }

    private func pad(_ image: inout PixelBuffer, _ background: [UInt8], _ workspace: inout Workspace) {
        let (inner, channels) = (image.shape.size, image.shape.channels)
        workspace.spare.reshape(ImageShape(size: size, channels: channels))
        let left = Int((Double(size.width - inner.width) * 0.5).rounded(.toNearestOrEven))
        let top = Int((Double(size.height - inner.height) * 0.5).rounded(.toNearestOrEven))
        let (source, target) = (image.bytes, workspace.spare.mutableBytes)
        for index in target.indices { target[index] = background[index % channels] }
        for y in 0..<inner.height {
            let row = UnsafeBufferPointer(
                rebasing: source[y * inner.width * channels..<(y + 1) * inner.width * channels])
            let start = ((top + y) * size.width + left) * channels
            _ = UnsafeMutableBufferPointer(rebasing: target[start..<start + row.count]).update(from: row)
        }
        swap(&image, &workspace.spare)
    }
}

extension ResizeWeights {
    /// - Parameter range: the output positions that are wanted; all by default
    func withAxis(_ range: Range<Int>? = nil, _ body: (kernels_axis) -> Void) {
        let range = range ?? 0..<starts.count
        precondition(range.lowerBound >= 0 && range.upperBound <= starts.count)
        starts.withUnsafeBufferPointer { starts in
            lengths.withUnsafeBufferPointer { lengths in
                weights.withUnsafeBufferPointer { weights in
                    body(
                        kernels_axis(
                            starts: starts.baseAddress.map { $0 + range.lowerBound },
                            lengths: lengths.baseAddress.map { $0 + range.lowerBound },
                            weights: weights.baseAddress.map { $0 + range.lowerBound * taps },
                            taps: Int32(taps)))
                }
            }
        }
    }
}
