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

    mutating func trim() { if planes.capacity > PixelBuffer.keptBytes { planes = JPEGPlanes() } }

    /// - Parameters:
    ///   - wantsGray: whether colour images may come out as gray, as `Grayscale` makes them
    ///   - target: the size that is wanted in the end, if the image may be decoded smaller than it is, but not smaller than
    ///     this
    /// - Returns: the orientation of the decoded pixels, and the size of the image as stored.
    mutating func decode(
        _ bytes: UnsafeRawBufferPointer, wantsGray: Bool, target: ImageSize? = nil,
        into image: inout PixelBuffer, scratch: inout PixelBuffer, limits: ImageLimits
    ) throws(ImageError) -> (orientation: Orientation, stored: ImageSize) {
        let base = bytes.baseAddress?.assumingMemoryBound(to: UInt8.self)
        guard let base, let jpeg = kernels_jpeg_open(base, bytes.count) else {
            throw .corrupt(.jpeg, "out of memory")
        }
        defer { kernels_jpeg_close(jpeg) }
        try Self.check(jpeg)
        let stored = Self.size(jpeg)
        let components = kernels_jpeg_components(jpeg)
        let channels = components == 1 ? 1 : 3
        try limits.check(
            ImageShape(size: stored, channels: channels), encodedBytes: bytes.count,
            memory: kernels_jpeg_memory(jpeg))
        let orientation = Orientation(
            exif: metadata { kernels_jpeg_exif(jpeg, $0) }, xmp: metadata { kernels_jpeg_xmp(jpeg, $0) })
        let denominator = Self.denominator(of: orientation.upright(stored), for: target)
        kernels_jpeg_scale(jpeg, denominator)
        let size = Self.size(jpeg)
        // A shortcut for the common case: most photos are 4:2:0, and most pipelines want gray.
        if wantsGray, denominator == 1, kernels_jpeg_is_420(jpeg) != 0, size.width >= JPEGPlanes.leastWidth {
            planes.read(jpeg, size)
            try Self.check(jpeg)
            planes.convertToGray(size, into: &image, vectors: useVectors)
        } else {
            image.reshape(ImageShape(size: size, channels: channels))
            scratch.reshape(ImageShape(size: size, channels: components == 4 ? 4 : 0))
            kernels_jpeg_read(jpeg, scratch.mutableBytes.baseAddress, image.mutableBytes.baseAddress)
            try Self.check(jpeg)
        }
        return (orientation, stored)
    }

    private static func size(_ jpeg: OpaquePointer) -> ImageSize {
        ImageSize(width: Int(kernels_jpeg_width(jpeg)), height: Int(kernels_jpeg_height(jpeg)))
    }

    /// The largest of libjpeg's denominators that leaves an image of `size` no smaller than `target`, as Pillow's `draft`.
    private static func denominator(of size: ImageSize, for target: ImageSize?) -> Int32 {
        guard let target else { return 1 }
        let scale = min(size.width / target.width, size.height / target.height)
        return [8, 4, 2].first { scale >= $0 } ?? 1
    }

    private static func check(_ jpeg: OpaquePointer) throws(ImageError) {
        guard let message = kernels_jpeg_error(jpeg) else { return }
        let text = String(cString: message)
        throw text == "truncated JPEG" ? .truncated(.jpeg) : .corrupt(.jpeg, text)
    }
}
