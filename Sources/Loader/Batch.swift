// A batch of samples, in a slot that is reused.

public import Dataset
internal import Synchronization

/// Memory for one batch, allocated once.
final class BatchSlot: @unchecked Sendable {
    /// Bytes or floats, N x height x width.
    let images: UnsafeMutableRawPointer
    let labels: UnsafeMutablePointer<UInt16>
    let ids: UnsafeMutablePointer<UInt32>
    /// Filled rows.
    var count = 0
    var failure: (any Error)?
    /// Rises each time the slot is given back.
    let generation = Atomic<UInt64>(0)

    init(capacity: Int, imageBytes: Int) {
        images = .allocate(byteCount: max(capacity * imageBytes, 64), alignment: 64)
        labels = .allocate(capacity: capacity)
        ids = .allocate(capacity: capacity)
    }

    deinit {
        images.deallocate()
        labels.deallocate()
        ids.deallocate()
    }
}

/// Images and labels of one step.
///
/// Its memory belongs to the loader and is given back when the next batch is asked for; using a
/// batch after that ends the program with a message. Copy what must live longer.
public struct Batch: Sendable {
    let slot: BatchSlot
    let generation: UInt64
    let format: PixelFormat

    /// The step of the epoch, from 0.
    public let step: Int
    /// Width and height of each image.
    public let imageSize: ImageSize

    /// The slot, as long as it is this batch's. A fatal error rather than a precondition, which says nothing in a
    /// release build.
    private var current: BatchSlot {
        guard slot.generation.load(ordering: .relaxed) == generation else {
            fatalError(
                "a batch was used after it was given back, which is when the next one is asked for: "
                    + "copy what must live longer")
        }
        return slot
    }

    /// Samples in this batch.
    public var count: Int { current.count }

    /// Pixels as Float, row-major: NHWC with one channel, which is NCHW too. Only in format `float`.
    public var floats: UnsafeBufferPointer<Float> {
        guard case .float = format else {
            fatalError(
                "a batch of bytes was asked for floats: use its bytes, or give the loader a float format")
        }
        return pixels(of: Float.self)
    }

    /// Pixels as stored, row-major, in the same layout. Only in format `u8`.
    public var bytes: UnsafeBufferPointer<UInt8> {
        guard case .u8 = format else {
            fatalError(
                "a batch of floats was asked for bytes: use its floats, or give the loader the format u8")
        }
        return pixels(of: UInt8.self)
    }

    private func pixels<Value>(of type: Value.Type) -> UnsafeBufferPointer<Value> {
        let slot = current
        return UnsafeBufferPointer(
            start: slot.images.assumingMemoryBound(to: Value.self), count: slot.count * imageSize.area)
    }

    /// Class indices.
    public var labels: UnsafeBufferPointer<UInt16> {
        let slot = current
        return UnsafeBufferPointer(start: slot.labels, count: slot.count)
    }

    /// Rows of the provenance.
    public var ids: UnsafeBufferPointer<UInt32> {
        let slot = current
        return UnsafeBufferPointer(start: slot.ids, count: slot.count)
    }
}
