// Memory of megabytes, which threads fill and read.

internal import Foundation

/// Allocates `count` values of a plain type, and what fills up 64 bytes, aligned to as many or more; not initialised,
/// and freed by `deallocate()`.
///
/// From a megabyte on, it asks for large pages, where the system has them: fewer faults when memory is first touched,
/// fewer page walks later.
package func allocateLarge<Value: BitwiseCopyable>(_ count: Int, of type: Value.Type) -> UnsafeMutablePointer<
    Value
> {
    let bytes = (max(count, 1) * MemoryLayout<Value>.stride + 63) / 64 * 64
    let isLarge = bytes >= 1 << 20
    let memory = UnsafeMutableRawPointer.allocate(byteCount: bytes, alignment: isLarge ? 2 << 20 : 64)
    #if os(Linux)
        if isLarge { madvise(memory, bytes, Int32(MADV_HUGEPAGE)) }
    #endif
    return memory.bindMemory(to: type, capacity: count)
}
