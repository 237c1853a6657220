// Memory for floats.

internal import Foundation

/// A fixed number of floats, initially zero, aligned to 64 bytes.
///
/// Threads share it without locks: the trainer's order of work decides which of them may write which part.
final class FloatBuffer: @unchecked Sendable {
    let base: UnsafeMutablePointer<Float>
    let count: Int
    private static let largePage = 2 << 20

    init(_ count: Int) {
        self.count = count
        let bytes = (max(count, 1) * 4 + 63) / 64 * 64
        // Large pages avoid most page walks in buffers of a megabyte or more.
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
