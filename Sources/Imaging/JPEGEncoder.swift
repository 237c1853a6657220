// JPEG encoding over TurboJPEG, for synthetic archives.

internal import CTurboJPEG
public import Dataset

/// A reusable JPEG encoder.
public struct JPEGEncoder: ~Copyable {
    private let handle: tjhandle?

    public init() { handle = tjInitCompress() }

    deinit { if let handle { tjDestroy(handle) } }

    /// Baseline 4:2:0 JPEG of an RGB image (row-major, interleaved), `quality` 1...100.
    public func encode(rgb: [UInt8], size: ImageSize, quality: Int) throws(ImageError) -> [UInt8] {
        precondition(rgb.count == size.area * 3)
        var buffer: UnsafeMutablePointer<UInt8>?
        var count: UInt = 0
        defer { tjFree(buffer) }
        let status = tjCompress2(
            handle, rgb, Int32(size.width), 0, Int32(size.height), TJPF_RGB.rawValue, &buffer, &count,
            Int32(TJSAMP_420.rawValue), Int32(quality), TJFLAG_ACCURATEDCT)
        guard status == 0, let buffer else {
            throw .corrupt(.jpeg, tjGetErrorStr2(handle).map { String(cString: $0) } ?? "unknown error")
        }
        return Array(UnsafeBufferPointer(start: buffer, count: Int(count)))
    }
}
