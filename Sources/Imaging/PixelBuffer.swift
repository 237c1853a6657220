// An image in memory that a worker reuses from entry to entry.

public import Dataset

/// Width, height and channels (1 gray or 3 RGB) of an image.
public struct ImageShape: Sendable, Hashable {
    public var size: ImageSize
    public var channels: Int

    public init(size: ImageSize, channels: Int) {
        self.size = size
        self.channels = channels
    }

    /// Bytes of an image of this shape, without padding.
    public var byteCount: Int { size.area * channels }
}

/// Pixels: row-major, channels interleaved, one byte per channel, 0...255.
///
/// Owns its memory and grows when it must, so that a worker that decodes thousands of images
/// allocates a handful of times. Contents after `reshape` are undefined.
public struct PixelBuffer: ~Copyable {
    public private(set) var shape = ImageShape(size: ImageSize(width: 0, height: 0), channels: 1)
    private var storage: UnsafeMutablePointer<UInt8>
    private var capacity: Int

    /// Readable bytes beyond the last pixel, for kernels that read in runs of eight.
    static let slack = 16

    public init() {
        capacity = 0
        storage = .allocate(capacity: Self.slack)
        storage.initialize(repeating: 0, count: Self.slack)
    }

    /// Copies `pixels`, whose count must be that of `shape`.
    public init(_ pixels: some Collection<UInt8>, shape: ImageShape) {
        self.init()
        precondition(pixels.count == shape.byteCount)
        reshape(shape)
        _ = mutableBytes.update(fromContentsOf: pixels)
    }

    deinit { storage.deallocate() }

    /// Makes room for an image of another shape.
    public mutating func reshape(_ shape: ImageShape) {
        self.shape = shape
        guard shape.byteCount > capacity else { return }
        storage.deallocate()
        capacity = shape.byteCount
        storage = .allocate(capacity: capacity + Self.slack)
        storage.initialize(repeating: 0, count: capacity + Self.slack)
    }

    /// Gives memory above `limit` bytes back, so that one huge image does not cost its size for ever.
    public mutating func shrink(to limit: Int) {
        if capacity > limit { self = PixelBuffer() }
    }

    public var bytes: UnsafeBufferPointer<UInt8> {
        UnsafeBufferPointer(start: storage, count: shape.byteCount)
    }

    public var mutableBytes: UnsafeMutableBufferPointer<UInt8> {
        mutating get { UnsafeMutableBufferPointer(start: storage, count: shape.byteCount) }
    }
}
