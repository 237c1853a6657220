// JPEG decoding over TurboJPEG: baseline, progressive, gray, RGB, CMYK and YCCK.

internal import CKernels
internal import CTurboJPEG
internal import Dataset

/// A reusable TurboJPEG handle. The accurate DCT and smooth chroma upsampling are what libjpeg
/// does by default, and so what Pillow shows.
struct JPEGDecoder: ~Copyable {
    private let handle: tjhandle?

    init() { handle = tjInitDecompress() }

    deinit { if let handle { tjDestroy(handle) } }

    func decode(
        _ bytes: UnsafeRawBufferPointer, into image: inout PixelBuffer, scratch: inout PixelBuffer,
        limits: ImageLimits
    ) throws(ImageError) {
        guard let handle else { throw .corrupt(.jpeg, "TurboJPEG did not start") }
        let base = bytes.baseAddress?.assumingMemoryBound(to: UInt8.self)
        let count = UInt(bytes.count)
        var (width, height, subsampling, colorspace): (Int32, Int32, Int32, Int32) = (0, 0, 0, 0)
        if tjDecompressHeader3(handle, base, count, &width, &height, &subsampling, &colorspace) != 0 {
            try accept(Self.message(handle), warning: tjGetErrorCode(handle) == TJERR_WARNING.rawValue)
        }
        let size = ImageSize(width: Int(width), height: Int(height))
        let isGray = colorspace == TJCS_GRAY.rawValue
        let isCMYK = colorspace == TJCS_CMYK.rawValue || colorspace == TJCS_YCCK.rawValue
        let shape = ImageShape(size: size, channels: isGray ? 1 : 3)
        try limits.check(shape, encodedBytes: bytes.count)
        image.reshape(shape)
        if isCMYK {
            scratch.reshape(ImageShape(size: size, channels: 4))
            try decompress(handle, base, count, to: scratch.mutableBytes, size, TJPF_CMYK)
            kernels_rgb_from_inverted_cmyk(
                scratch.bytes.baseAddress, image.mutableBytes.baseAddress, size.area)
        } else {
            try decompress(
                handle, base, count, to: image.mutableBytes, size, isGray ? TJPF_GRAY : TJPF_RGB)
        }
    }

    private func decompress(
        _ handle: tjhandle, _ bytes: UnsafePointer<UInt8>?, _ count: UInt,
        to pixels: UnsafeMutableBufferPointer<UInt8>, _ size: ImageSize, _ format: TJPF
    ) throws(ImageError) {
        // First strictly, so that the message is that of the first warning. A harmless one costs a
        // second decode, in which the message is that of the last.
        for flags in [TJFLAG_ACCURATEDCT | TJFLAG_STOPONWARNING, TJFLAG_ACCURATEDCT] {
            let status = tjDecompress2(
                handle, bytes, count, pixels.baseAddress, Int32(size.width), 0, Int32(size.height),
                format.rawValue, flags)
            if status == 0 { return }
            let strict = flags & TJFLAG_STOPONWARNING != 0
            let isWarning = tjGetErrorCode(handle) == TJERR_WARNING.rawValue
            try accept(Self.message(handle), warning: isWarning || strict)
        }
    }

    /// Returns if what TurboJPEG complains about leaves the pixels intact.
    private func accept(_ message: String, warning: Bool) throws(ImageError) {
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
