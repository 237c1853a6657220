// What is needed to decode one block after the other.

internal import Storage

/// A zstd context and memory for a block as it is stored, reused from block to block: allocated for each, it would be
/// fresh pages of the system every time. One worker uses it at a time.
package final class BlockDecoder: @unchecked Sendable {
    private let zstd = ZstdDecompressor()
    private var stored: [UInt8] = []

    package init() {}

    /// Decodes the zstd frame at `offset` of a file.
    ///
    /// - Returns: what is wrong with the frame, or `nil` if it fills `output` exactly
    func decode(
        _ frame: ShardFrame, of file: borrowing ReadableFile, into output: UnsafeMutableRawBufferPointer
    ) throws -> String? {
        if stored.count < frame.bytes { stored = Array(repeating: 0, count: frame.bytes) }
        return try stored.withUnsafeMutableBytes { buffer in
            let packed = UnsafeMutableRawBufferPointer(rebasing: buffer[..<frame.bytes])
            try file.read(at: frame.offset, into: packed)
            return zstd.decompress(UnsafeRawBufferPointer(packed), into: output)
        }
    }
}
