// Writes gray images as PNG files with libpng's simplified interface, which catches libpng's jumps itself.

internal import CPNG
internal import Dataset
internal import Foundation

/// Writes 8-bit gray PNGs, with or without transparency.
enum PNGEncoder {
    static func encode(_ image: GrayImage) -> [UInt8] {
        encode(image.pixels, size: image.size, format: UInt32(PNG_FORMAT_GRAY), channels: 1)
    }

    /// Gray and alpha interleaved, two bytes per pixel.
    static func encode(grayAlpha pixels: [UInt8], size: ImageSize) -> [UInt8] {
        encode(pixels, size: size, format: UInt32(PNG_FORMAT_GA), channels: 2)
    }

    /// A PNG file as a `data:` URI, which needs no network.
    static func dataURI(_ png: [UInt8]) -> String {
        "data:image/png;base64," + Data(png).base64EncodedString()
    }

    private static func encode(_ pixels: [UInt8], size: ImageSize, format: UInt32, channels: Int) -> [UInt8] {
        precondition(pixels.count == size.area * channels && size.area > 0)
        var image = png_image()
        image.version = UInt32(PNG_IMAGE_VERSION)
        (image.width, image.height, image.format) = (UInt32(size.width), UInt32(size.height), format)
        image.flags = UInt32(PNG_IMAGE_FLAG_FAST)
        // The size if nothing compresses: a filter byte per row, a few bytes per 16 kB, headers.
        let raw = pixels.count + size.height
        var count = png_alloc_size_t(raw + raw / 256 + 4096)
        var succeeded: Int32 = 0
        let file = [UInt8](unsafeUninitializedCapacity: Int(count)) { output, used in
            succeeded = png_image_write_to_memory(&image, output.baseAddress, &count, 0, pixels, 0, nil)
            used = succeeded == 0 ? 0 : Int(count)
        }
        // The buffer is large enough and libpng supports the format, so only a bug can make this fail.
        precondition(succeeded != 0, "libpng could not write a \(size) image")
        return file
    }
}
