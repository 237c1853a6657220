// An image in memory, reused by a worker from entry to entry.

package import Dataset

/// Pixels: row-major, channels interleaved, one byte per channel, 0...255.
///
/// Owns its memory and grows only when needed, so that a worker that decodes thousands of images
/// allocates a handful of times.
package struct PixelBuffer: ~Copyable {
    package private(set) var shape = ImageShape(size: ImageSize(width: 0, height: 0), channels: 1)
    private var storage: UnsafeMutablePointer<UInt8>
    private var capacity: Int

    /// Readable bytes after the last pixel, for kernels that read eight bytes at a time.
    static let slack = 16

    package init() {
        capacity = 0
        storage = .allocate(capacity: Self.slack)
        storage.initialize(repeating: 0, count: Self.slack)
    }

    /// Copies `pixels`, whose count must be that of `shape`.
    package init(_ pixels: some Collection<UInt8>, shape: ImageShape) {
        self.init()
        precondition(pixels.count == shape.byteCount)
        reshape(shape)
        _ = mutableBytes.update(fromContentsOf: pixels)
    }

    deinit { storage.deallocate() }

    /// Changes the shape; the pixels are undefined afterwards.
    package mutating func reshape(_ shape: ImageShape) {
        self.shape = shape
        guard shape.byteCount > capacity else { return }
        storage.deallocate()
        capacity = shape.byteCount
        storage = .allocate(capacity: capacity + Self.slack)
        storage.initialize(repeating: 0, count: capacity + Self.slack)
    }

    /// Memory that a worker may keep from image to image.
    package static let keptBytes = 8 << 20

    /// Frees the memory if it is more than `limit` bytes, so that one huge image does not keep its memory.
    package mutating func shrink(to limit: Int = keptBytes) {
        if capacity > limit { self = PixelBuffer() }
    }

    /// The pixels, until the buffer is reshaped or ends: a buffer without a name ends before its bytes are read.
    package var bytes: UnsafeBufferPointer<UInt8> {
        UnsafeBufferPointer(start: storage, count: shape.byteCount)
    }

    package var mutableBytes: UnsafeMutableBufferPointer<UInt8> {
        mutating get { UnsafeMutableBufferPointer(start: storage, count: shape.byteCount) }
    }
}
