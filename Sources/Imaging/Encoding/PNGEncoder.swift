// PNG encoding with libpng's simplified interface, which catches libpng's jumps itself.

internal import CPNG
package import Dataset

/// Writes 8-bit PNGs, gray or RGB, with or without transparency.
package enum PNGEncoder {
    /// The PNG file of row-major pixels, channels interleaved.
    ///
    /// - Parameter hasAlpha: whether each pixel of `shape` is followed by its alpha
    package static func encode(
        _ pixels: UnsafeBufferPointer<UInt8>, _ shape: ImageShape, hasAlpha: Bool = false
    ) -> [UInt8] {
        let size = shape.size
        precondition(pixels.count == size.area * (shape.channels + (hasAlpha ? 1 : 0)) && size.area > 0)
        let format =
            (shape.channels == 3 ? UInt32(PNG_FORMAT_FLAG_COLOR) : 0)
            | (hasAlpha ? UInt32(PNG_FORMAT_FLAG_ALPHA) : 0)
        var image = png_image()
        image.version = UInt32(PNG_IMAGE_VERSION)
        (image.width, image.height, image.format) = (UInt32(size.width), UInt32(size.height), format)
        image.flags = UInt32(PNG_IMAGE_FLAG_FAST)
        // The size if nothing compresses: a filter byte per row, a few bytes per 16 kB, headers.
        let raw = pixels.count + size.height
        var count = png_alloc_size_t(raw + raw / 256 + 4096)
        var succeeded: Int32 = 0
        let file = [UInt8](unsafeUninitializedCapacity: Int(count)) { output, used in
            succeeded = png_image_write_to_memory(
                &image, output.baseAddress, &count, 0, pixels.baseAddress, 0, nil)
            used = succeeded == 0 ? 0 : Int(count)
        }
        // The buffer is large enough and libpng supports the format, so only a bug can make this fail.
        precondition(succeeded != 0, "libpng could not write a \(size) image")
        return file
    }
}
