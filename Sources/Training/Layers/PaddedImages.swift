// Images of a micro-batch with a border of zeros.

internal import CTensor

/// Memory for padded images, whose border and added channels stay zero.
final class PaddedImages {
    /// Size of a padded image.
    let height, width, channels: Int
    /// Rows of the border.
    let top, bottom: Int
    private var padding: tensor_padding
    /// `nil` where padding changes nothing.
    private let buffer: FloatBuffer?

    /// - Parameters:
    ///   - before: width of the border on the left and top; `after` is its width on the right and bottom
    ///   - multiple: the number of channels is rounded up to a multiple of this
    init(
        _ shape: FeatureShape, _ before: Int, _ after: Int, channelsAreMultiplesOf multiple: Int = 1,
        microBatch: Int
    ) {
        (top, bottom) = (before, after)
        height = before + shape.height + after
        width = before + shape.width + after
        channels = (shape.channels + multiple - 1) / multiple * multiple
        padding = tensor_padding(
            batch: 0, height: Int32(shape.height), width: Int32(shape.width),
            channels: Int32(shape.channels), padded_height: Int32(height), padded_width: Int32(width),
            padded_channels: Int32(channels), top: Int32(before), left: Int32(before))
        let count = height * width * channels
        buffer = count == shape.count && multiple == 1 ? nil : FloatBuffer(microBatch * count)
    }

    /// Pads images, which stay so until others take their place in the micro-batch.
    ///
    /// - Parameter mask: values become 0 where it is not positive
    func pad(_ images: Images, of values: Activation, mask: Activation? = nil) -> UnsafePointer<Float> {
        if buffer != nil {
            write(images, to: values) { tensor_pad(&$0, values.at(images), mask?.at(images), $1) }
        }
        return padded(images, of: values)
    }

    /// Calls `body` with how and where to write images: padded, or to `values` if padding changes nothing.
    func write(
        _ images: Images, to values: Activation,
        _ body: (inout tensor_padding, UnsafeMutablePointer<Float>) -> Void
    ) {
        padding.batch = Int32(images.count)
        body(&padding, place(images, of: values))
    }

    /// Images that `pad` or `write` has padded, or those of `values` if padding changes nothing.
    func padded(_ images: Images, of values: Activation) -> UnsafePointer<Float> {
        UnsafePointer(place(images, of: values))
    }

    private func place(_ images: Images, of values: Activation) -> UnsafeMutablePointer<Float> {
        buffer.map { $0 + images.first * height * width * channels } ?? values.at(images)
    }
}
