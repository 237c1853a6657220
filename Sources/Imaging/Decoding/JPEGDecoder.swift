// JPEG decoding with libjpeg, through the C reader in CKernels: baseline, progressive, gray, RGB, CMYK, YCCK.

internal import CKernels
internal import Dataset

/// Decodes JPEG images and reuses only buffers: each image gets its own decompressor, so that no table, size or
/// error of one image affects another. It uses the accurate DCT and smooth chroma upsampling, which are libjpeg's
/// defaults and therefore Pillow's.
struct JPEGDecoder: ~Copyable {
    private var planes = JPEGPlanes()
    /// Off only in tests, which compare the vector code with the plain loops.
    var useVectors = true

    /// - Parameter wantsGray: whether colour images may come out as gray, as `Grayscale` makes them
    /// - Returns: the orientation of the decoded pixels.
    mutating func decode(
        _ bytes: UnsafeRawBufferPointer, wantsGray: Bool, into image: inout PixelBuffer,
        scratch: inout PixelBuffer, limits: ImageLimits
    ) throws(ImageError) -> Orientation {
        let base = bytes.baseAddress?.assumingMemoryBound(to: UInt8.self)
        guard let base, let jpeg = kernels_jpeg_open(base, bytes.count) else {
            throw .corrupt(.jpeg, "out of memory")
        }
        defer { kernels_jpeg_close(jpeg) }
        try Self.check(jpeg)
        let size = ImageSize(width: Int(kernels_jpeg_width(jpeg)), height: Int(kernels_jpeg_height(jpeg)))
        let components = kernels_jpeg_components(jpeg)
        let shape = ImageShape(size: size, channels: components == 1 ? 1 : 3)
        try limits.check(shape, encodedBytes: bytes.count, memory: kernels_jpeg_memory(jpeg))
        // A shortcut for the common case: most photos are 4:2:0, and most pipelines want gray.
        if wantsGray, kernels_jpeg_is_420(jpeg) != 0, size.width >= JPEGPlanes.leastWidth {
            planes.read(jpeg, size)
            try Self.check(jpeg)
            planes.convertToGray(size, into: &image, vectors: useVectors)
        } else {
            image.reshape(shape)
            scratch.reshape(ImageShape(size: size, channels: components == 4 ? 4 : 0))
            kernels_jpeg_read(jpeg, scratch.mutableBytes.baseAddress, image.mutableBytes.baseAddress)
            try Self.check(jpeg)
        }
        return Orientation(
            exif: metadata { kernels_jpeg_exif(jpeg, $0) }, xmp: metadata { kernels_jpeg_xmp(jpeg, $0) })
    }

    private static func check(_ jpeg: OpaquePointer) throws(ImageError) {
        guard let message = kernels_jpeg_error(jpeg) else { return }
        let text = String(cString: message)
        throw text == "truncated JPEG" ? .truncated(.jpeg) : .corrupt(.jpeg, text)
    }
}
