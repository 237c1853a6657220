// PNG decoding over libpng, through the C reader in CKernels.

internal import CKernels
internal import Dataset

/// Every colour type, depth and interlace; see `kernels_png` for the conversions.
enum PNGDecoder {
    static func decode(
        _ bytes: UnsafeRawBufferPointer, into image: inout PixelBuffer, scratch: inout PixelBuffer,
        limits: ImageLimits
    ) throws(ImageError) -> Orientation {
        let base = bytes.baseAddress?.assumingMemoryBound(to: UInt8.self)
        guard let base, let png = kernels_png_open(base, bytes.count) else {
            throw .corrupt(.png, "out of memory")
        }
        defer { kernels_png_close(png) }
        try check(png)
        let size = ImageSize(
            width: Int(kernels_png_width(png)), height: Int(kernels_png_height(png)))
        let shape = ImageShape(size: size, channels: Int(kernels_png_channels(png)))
        try limits.check(shape, encodedBytes: bytes.count)
        image.reshape(shape)
        // The scratch holds the alpha channel as well: as wide as its bytes, one channel.
        let scratchBytes = kernels_png_scratch_size(png)
        scratch.reshape(
            ImageShape(
                size: ImageSize(width: scratchBytes / max(size.height, 1), height: size.height), channels: 1))
        let status = kernels_png_read(
            png, scratch.mutableBytes.baseAddress, image.mutableBytes.baseAddress)
        if status != 0 { try check(png) }
        var exifCount = 0
        guard let exif = kernels_png_exif(png, &exifCount) else { return .upright }
        return Orientation(tiff: UnsafeRawBufferPointer(start: exif, count: exifCount))
    }

    private static func check(_ png: OpaquePointer) throws(ImageError) {
        guard let message = kernels_png_error(png) else { return }
        let text = String(cString: message)
        // libpng says "Not enough image data" when the chunks end before the rows do.
        if text == "truncated PNG" || text == "Not enough image data" { throw .truncated(.png) }
        throw .corrupt(.png, text)
    }
}
