// JPEG decoding over TurboJPEG: baseline, progressive, gray, RGB, CMYK and YCCK.

internal import CKernels
internal import CTurboJPEG
internal import Dataset

/// A reusable TurboJPEG handle. The accurate DCT and smooth chroma upsampling are what libjpeg
/// does by default, and so what Pillow shows.
struct JPEGDecoder: ~Copyable {
    private let handle: tjhandle?
    private var planes = JPEGPlanes()
    /// Off only in tests, which compare with the plain loops.
    var useVectors = true

    init() { handle = tjInitDecompress() }

    deinit { if let handle { tjDestroy(handle) } }

    /// - Parameter wantsGray: whether colour files may be delivered as gray, `Grayscale` already applied
    /// - Returns: how the pixels must be turned to be upright.
    mutating func decode(
        _ bytes: UnsafeRawBufferPointer, wantsGray: Bool, into image: inout PixelBuffer,
        scratch: inout PixelBuffer, limits: ImageLimits
    ) throws(ImageError) -> Orientation {
        guard let handle else { throw .corrupt(.jpeg, "TurboJPEG did not start") }
        let header = JPEGHeader(bytes)
        var (size, components) = (header?.size ?? ImageSize(width: 0, height: 0), header?.components ?? 0)
        if header == nil { (size, components) = try readHeader(handle, bytes) }
        let shape = ImageShape(size: size, channels: components == 1 ? 1 : 3)
        try limits.check(shape, encodedBytes: bytes.count)
        // The common case by a short cut: most photos are 4:2:0, and most pipelines want gray.
        if wantsGray, let header, header.isYCbCr420, size.width >= 5 {
            try Self.strictThenLenient(handle) { flags in
                planes.decompress(handle, bytes, size, flags)
            }
            planes.convertToGray(size, into: &image, vectors: useVectors)
            return header.orientation
        }
        image.reshape(shape)
        switch components {
        case 1: try decompress(handle, bytes, to: image.mutableBytes, size, TJPF_GRAY)
        case 3: try decompress(handle, bytes, to: image.mutableBytes, size, TJPF_RGB)
        default:
            scratch.reshape(ImageShape(size: size, channels: 4))
            try decompress(handle, bytes, to: scratch.mutableBytes, size, TJPF_CMYK)
            kernels_rgb_from_inverted_cmyk(
                scratch.bytes.baseAddress, image.mutableBytes.baseAddress, size.area)
        }
        return header?.orientation ?? .upright
    }

    /// Size and components as libjpeg sees them, for files whose markers need forgiveness.
    private func readHeader(
        _ handle: tjhandle, _ bytes: UnsafeRawBufferPointer
    ) throws(ImageError) -> (ImageSize, components: Int) {
        var (width, height, subsampling, colorspace): (Int32, Int32, Int32, Int32) = (0, 0, 0, 0)
        let base = bytes.baseAddress?.assumingMemoryBound(to: UInt8.self)
        let status = tjDecompressHeader3(
            handle, base, UInt(bytes.count), &width, &height, &subsampling, &colorspace)
        if status != 0 {
            try Self.accept(Self.message(handle), warning: tjGetErrorCode(handle) == TJERR_WARNING.rawValue)
        }
        let isGray = colorspace == TJCS_GRAY.rawValue
        let isCMYK = colorspace == TJCS_CMYK.rawValue || colorspace == TJCS_YCCK.rawValue
        return (ImageSize(width: Int(width), height: Int(height)), isGray ? 1 : isCMYK ? 4 : 3)
    }

    private func decompress(
        _ handle: tjhandle, _ bytes: UnsafeRawBufferPointer,
        to pixels: UnsafeMutableBufferPointer<UInt8>, _ size: ImageSize, _ format: TJPF
    ) throws(ImageError) {
        let base = bytes.baseAddress?.assumingMemoryBound(to: UInt8.self)
        try Self.strictThenLenient(handle) { flags in
            tjDecompress2(
                handle, base, UInt(bytes.count), pixels.baseAddress, Int32(size.width), 0,
                Int32(size.height), format.rawValue, flags)
        }
    }

    /// Decodes strictly first, so that the message is that of the first warning. A harmless one costs a
    /// second decode, in which the message is that of the last.
    private static func strictThenLenient(
        _ handle: tjhandle, _ decode: (Int32) -> Int32
    ) throws(ImageError) {
        for flags in [TJFLAG_ACCURATEDCT | TJFLAG_STOPONWARNING, TJFLAG_ACCURATEDCT] {
            if decode(flags) == 0 { return }
            let strict = flags & TJFLAG_STOPONWARNING != 0
            let isWarning = tjGetErrorCode(handle) == TJERR_WARNING.rawValue
            try accept(message(handle), warning: isWarning || strict)
        }
    }

    /// Returns if what TurboJPEG complains about leaves the pixels intact.
    private static func accept(_ message: String, warning: Bool) throws(ImageError) {
        if message.contains("Premature end") || message.contains("Input file read error") {
            throw .truncated(.jpeg)
        }
        let harmless = ["extraneous bytes", "Invalid SOS parameters", "Unknown Adobe color transform"]
        if warning, harmless.contains(where: { message.contains($0) }) { return }
        throw .corrupt(.jpeg, message)
    }

    private static func message(_ handle: tjhandle) -> String {
        tjGetErrorStr2(handle).map { String(cString: $0) } ?? "unknown error"
    }
}
