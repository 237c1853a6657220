// zstd frames over libzstd: each with its content size and checksum (RFC 8878).

internal import CZstd

/// A reusable compression context. Owned by one worker.
public struct ZstdCompressor: ~Copyable {
    private let context: OpaquePointer?

    /// - Parameter level: 1 (fastest) ... 22 (smallest)
    public init(level: Int) {
        context = ZSTD_createCCtx()
        ZSTD_CCtx_setParameter(context, ZSTD_c_compressionLevel, Int32(level))
        ZSTD_CCtx_setParameter(context, ZSTD_c_checksumFlag, 1)
    }

    deinit { ZSTD_freeCCtx(context) }

    /// One complete frame that holds `bytes`.
    func compress(_ bytes: [UInt8], file: String) throws(ShardError) -> [UInt8] {
        try bytes.withUnsafeBufferPointer { (bytes) throws(ShardError) in
            try compress(UnsafeRawBufferPointer(bytes), file: file)
        }
    }

    /// One complete frame that holds `bytes`.
    public func compress(_ bytes: UnsafeRawBufferPointer, file: String) throws(ShardError) -> [UInt8] {
        var status = 0
        let frame = [UInt8](unsafeUninitializedCapacity: ZSTD_compressBound(bytes.count)) { output, count in
            status = ZSTD_compress2(context, output.baseAddress, output.count, bytes.baseAddress, bytes.count)
            count = ZSTD_isError(status) == 0 ? status : 0
        }
        guard ZSTD_isError(status) == 0 else {
            throw .system(path: file, action: "compress", reason: String(cString: ZSTD_getErrorName(status)))
        }
        return frame
    }
}

/// A reusable decompression context. Owned by one worker.
public struct ZstdDecompressor: ~Copyable {
    private let context: OpaquePointer?

    public init() { context = ZSTD_createDCtx() }

    deinit { ZSTD_freeDCtx(context) }

    /// Decodes one frame, which must fill `output` exactly.
    ///
    /// - Returns: what is wrong, or `nil`.
    public func decompress(
        _ frame: UnsafeRawBufferPointer, into output: UnsafeMutableRawBufferPointer
    ) -> String? {
        let status = ZSTD_decompressDCtx(
            context, output.baseAddress, output.count, frame.baseAddress, frame.count)
        guard ZSTD_isError(status) == 0 else { return String(cString: ZSTD_getErrorName(status)) }
        return status == output.count ? nil : "\(status) bytes instead of \(output.count)"
    }
}

/// What can be said of a frame without decoding it.
enum ZstdFrame {
    /// The size of the first frame and of its contents, if it states that and is all there.
    static func sizes(_ bytes: ArraySlice<UInt8>) -> (frame: Int, content: Int)? {
        bytes.withUnsafeBytes { bytes in
            let content = ZSTD_getFrameContentSize(bytes.baseAddress, bytes.count)
            let frame = ZSTD_findFrameCompressedSize(bytes.baseAddress, bytes.count)
            // ZSTD_CONTENTSIZE_UNKNOWN and _ERROR are the two highest values.
            guard content < UInt64.max - 1, ZSTD_isError(frame) == 0, let size = Int(exactly: content) else {
                return nil
            }
            return (frame, size)
        }
    }
}
