// Decodes an image to upright pixels: picks the codec, checks limits, applies the orientation.

internal import Dataset

/// Decodes PNG and JPEG images one after the other. Owned and reused by one worker.
package struct ImageDecoder: ~Copyable {
    package let limits: ImageLimits
    private var jpeg: JPEGDecoder
    private let wantsGray: Bool
    private var scratch = PixelBuffer()

    /// - Parameter wantsGray: whether colour images may come out as gray, with the same pixels as `Grayscale`
    ///   gives; decoding a photo is then a fifth faster
    package init(limits: ImageLimits = ImageLimits(), wantsGray: Bool = false) {
        self.limits = limits
        self.wantsGray = wantsGray
        jpeg = JPEGDecoder()
    }

    /// Decodes `bytes` into `image`: gray files to one channel, all others to RGB; 16 bits scaled
    /// to 8; transparency composited over white; turned upright by EXIF, or else by XMP. Gamma and colour
    /// profiles are ignored, as Pillow does.
    ///
    /// Only memory is reused from image to image: the result does not depend on earlier images.
    ///
    /// - Returns: whether the image had to be turned upright.
    package mutating func decode(
        _ bytes: UnsafeRawBufferPointer, into image: inout PixelBuffer
    ) throws(ImageError) -> Bool {
        guard bytes.count > 0 else { throw .empty }
        let orientation: Orientation
        switch ImageFormat(magic: bytes) {
        case .png:
            orientation = try PNGDecoder.decode(bytes, into: &image, scratch: &scratch, limits: limits)
        case .jpeg:
            orientation = try jpeg.decode(
                bytes, wantsGray: wantsGray, into: &image, scratch: &scratch, limits: limits)
        case nil:
            throw .unsupportedFormat(found: ImageFormat.describe(bytes))
        }
        guard orientation != .upright else { return false }
        try limits.check(memory: 2 * image.shape.byteCount, encodedBytes: bytes.count)
        orientation.makeUpright(image, into: &scratch)
        swap(&image, &scratch)
        return true
    }
}

/// The bytes that a C function finds: `read` returns their address and writes their count to its argument.
func metadata(
    _ read: (UnsafeMutablePointer<Int>) -> UnsafePointer<UInt8>?
) -> UnsafeRawBufferPointer? {
    var count = 0
    return read(&count).map { UnsafeRawBufferPointer(start: $0, count: count) }
}
