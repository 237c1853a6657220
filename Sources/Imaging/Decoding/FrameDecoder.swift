// Decoding of WebP, TIFF, GIF and BMP through the C readers in CKernels, which share one interface.

internal import CKernels
internal import Dataset

/// Decodes the first frame or page of a file; see `kernels_image_read` for the conversions.
enum FrameDecoder {
    /// - Returns: the orientation of the decoded pixels, and whether more frames or pages follow.
    static func decode(
        _ bytes: UnsafeRawBufferPointer, as format: ImageFormat, into image: inout PixelBuffer,
        limits: ImageLimits
    ) throws(ImageError) -> (orientation: Orientation, hasMore: Bool) {
        let base = bytes.baseAddress?.assumingMemoryBound(to: UInt8.self)
        guard let base, let opened = kernels_image_open(codec(of: format), base, bytes.count) else {
            throw .corrupt(format, "out of memory")
        }
        defer { kernels_image_close(opened) }
        try check(opened.pointee, format)
        let size = ImageSize(width: Int(opened.pointee.width), height: Int(opened.pointee.height))
        let shape = ImageShape(size: size, channels: Int(opened.pointee.channels))
        try limits.check(shape, encodedBytes: bytes.count, memory: opened.pointee.memory)
        image.reshape(shape)
        kernels_image_read(opened, image.mutableBytes.baseAddress)
        try check(opened.pointee, format)
        return (orientation(of: opened.pointee), opened.pointee.has_more != 0)
    }

    private static func codec(of format: ImageFormat) -> kernels_format {
        switch format {
        case .webp: KERNELS_WEBP
        case .tiff: KERNELS_TIFF
        case .gif: KERNELS_GIF
        case .bmp: KERNELS_BMP
        case .png, .jpeg: preconditionFailure("\(format.rawValue) has a decoder of its own")
        }
    }

    /// A tag of the format comes before EXIF and XMP.
    private static func orientation(of image: kernels_image) -> Orientation {
        Orientation(rawValue: Int(image.orientation))
            ?? Orientation(
                exif: image.exif.map { UnsafeRawBufferPointer(start: $0, count: image.exif_count) },
                xmp: image.xmp.map { UnsafeRawBufferPointer(start: $0, count: image.xmp_count) })
    }

    private static func check(_ image: kernels_image, _ format: ImageFormat) throws(ImageError) {
        guard let message = image.error else { return }
        switch image.problem {
        case KERNELS_TRUNCATED: throw .truncated(format)
        case KERNELS_UNSUPPORTED: throw .unsupportedKind(format, String(cString: message))
        default: throw .corrupt(format, String(cString: message))
        }
    }
}
