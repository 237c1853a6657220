// PNG decoding with libpng, through the C reader in CKernels.

internal import CKernels
internal import Dataset

/// Decodes PNGs of every colour type, depth and interlacing; see `kernels_png_read` for the conversions.
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
        try limits.check(shape, encodedBytes: bytes.count, memory: kernels_png_memory(png))
        image.reshape(shape)
        // The scratch holds the image with its alpha channel; it is empty if there is none.
        scratch.reshape(ImageShape(size: size, channels: kernels_png_scratch_size(png) / size.area))
        kernels_png_read(png, scratch.mutableBytes.baseAddress, image.mutableBytes.baseAddress)
        try check(png)
        return Orientation(
            exif: metadata { kernels_png_exif(png, $0) }, xmp: metadata { kernels_png_xmp(png, $0) })
    }

    private static func check(_ png: OpaquePointer) throws(ImageError) {
        guard let message = kernels_png_error(png) else { return }
        let text = String(cString: message)
        // libpng reports "Not enough image data" if the chunks end before the rows.
        if text == "truncated PNG" || text == "Not enough image data" { throw .truncated(.png) }
        throw .corrupt(.png, text)
    }
}
