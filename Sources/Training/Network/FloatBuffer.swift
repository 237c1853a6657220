// Memory for floats.

internal import Foundation

/// Floats in memory of fixed size, zero at first, at a multiple of 64 bytes.
///
/// Shared without locks: who may write which part when is the trainer's order of work.
final class FloatBuffer: @unchecked Sendable {
    let base: UnsafeMutablePointer<Float>
    let count: Int
    private static let largePage = 2 << 20

    init(_ count: Int) {
        self.count = count
        let bytes = (max(count, 1) * 4 + 63) / 64 * 64
        // A buffer of a megabyte or more in large pages spares the passes over it most of their page walks.
        let isLarge = bytes >= 1 << 20
        let memory = UnsafeMutableRawPointer.allocate(
            byteCount: bytes, alignment: isLarge ? Self.largePage : 64)
        #if os(Linux)
            if isLarge { madvise(memory, bytes, Int32(MADV_HUGEPAGE)) }
        #endif
        memory.initializeMemory(as: UInt8.self, repeating: 0, count: bytes)
        base = memory.assumingMemoryBound(to: Float.self)
    }

    deinit { base.deallocate() }

    func copy(_ other: FloatBuffer) { base.update(from: other.base, count: min(count, other.count)) }

    var values: UnsafeMutableBufferPointer<Float> { UnsafeMutableBufferPointer(start: base, count: count) }

    static func + (buffer: FloatBuffer, offset: Int) -> UnsafeMutablePointer<Float> { buffer.base + offset }
}
