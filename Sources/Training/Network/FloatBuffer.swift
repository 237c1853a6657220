// Memory for floats.

internal import Parallel

/// A fixed number of floats, initially zero, aligned to 64 bytes.
///
/// Threads share it without locks: the trainer's order of work decides which of them may write which part.
final class FloatBuffer: @unchecked Sendable {
    let base: UnsafeMutablePointer<Float>
    let count: Int

    init(_ count: Int) {
        self.count = count
        base = allocateLarge(count, of: Float.self)
        base.initialize(repeating: 0, count: (max(count, 1) + 15) / 16 * 16)
    }

    deinit { base.deallocate() }

    func copy(_ other: FloatBuffer) { base.update(from: other.base, count: min(count, other.count)) }

    var values: UnsafeMutableBufferPointer<Float> { UnsafeMutableBufferPointer(start: base, count: count) }

    static func + (buffer: FloatBuffer, offset: Int) -> UnsafeMutablePointer<Float> { buffer.base + offset }
}
