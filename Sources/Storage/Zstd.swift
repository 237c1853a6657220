// zstd frames (RFC 8878) through libzstd, each with its content size and a checksum.

internal import CZstd

/// A reusable compression context. Owned by one worker.
package struct ZstdCompressor: ~Copyable {
    private let context: OpaquePointer?

    /// - Parameter level: 1 (fastest) ... 22 (smallest)
    package init(level: Int) {
        context = ZSTD_createCCtx()
        ZSTD_CCtx_setParameter(context, ZSTD_c_compressionLevel, Int32(level))
        ZSTD_CCtx_setParameter(context, ZSTD_c_checksumFlag, 1)
    }

    deinit { ZSTD_freeCCtx(context) }

    /// One complete frame that holds `bytes`.
    package func compress(_ bytes: [UInt8], file: String) throws(StorageError) -> [UInt8] {
        try bytes.withUnsafeBufferPointer { (bytes) throws(StorageError) in
            try compress(UnsafeRawBufferPointer(bytes), file: file)
        }
    }

    /// One complete frame that holds `bytes`.
    package func compress(_ bytes: UnsafeRawBufferPointer, file: String) throws(StorageError) -> [UInt8] {
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
package struct ZstdDecompressor: ~Copyable {
    private let context: OpaquePointer?

    package init() { context = ZSTD_createDCtx() }

    deinit { ZSTD_freeDCtx(context) }

    /// Decodes one frame, which must fill `output` exactly.
    ///
    /// - Returns: what is wrong, or `nil` if nothing is
    package func decompress(
        _ frame: UnsafeRawBufferPointer, into output: UnsafeMutableRawBufferPointer
    ) -> String? {
        let status = ZSTD_decompressDCtx(
            context, output.baseAddress, output.count, frame.baseAddress, frame.count)
        guard ZSTD_isError(status) == 0 else { return String(cString: ZSTD_getErrorName(status)) }
        return status == output.count ? nil : "\(status) bytes instead of \(output.count)"
    }

    /// The contents of one frame, or what is wrong with it.
    ///
    /// - Parameter size: bytes of the contents
    package func content(of frame: ArraySlice<UInt8>, size: Int) -> (bytes: [UInt8], problem: String?) {
        var problem: String?
        let content = [UInt8](unsafeUninitializedCapacity: size) { output, count in
            // There may be room for more.
            let output = UnsafeMutableRawBufferPointer(
                rebasing: UnsafeMutableRawBufferPointer(output)[..<size])
            problem = frame.withUnsafeBytes { decompress($0, into: output) }
            count = problem == nil ? size : 0
        }
        return (content, problem)
    }
}

/// What is known about a frame without decoding it.
package enum ZstdFrame {
    /// The sizes of the first frame and of its contents in bytes; `nil` if the frame is incomplete or does not state
    /// the size of its contents.
    package static func sizes(_ bytes: ArraySlice<UInt8>) -> (frame: Int, content: Int)? {
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
