// A batch of samples, in a slot that is reused.

public import Dataset
internal import Synchronization

/// Memory for one batch, allocated once.
final class BatchSlot: @unchecked Sendable {
    /// Bytes or floats, the images one after the other.
    let images: UnsafeMutableRawPointer
    let labels: UnsafeMutablePointer<UInt16>
    let ids: UnsafeMutablePointer<UInt32>
    /// Filled rows.
    var count = 0
    var failure: (any Error)?
    /// Increases each time the slot is given back.
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
/// Its memory belongs to the loader, which reuses it once the next batch is requested. Using a batch after
/// that ends the program with a message; copy data that must live longer.
public struct Batch: Sendable {
    let slot: BatchSlot
    let generation: UInt64
    let format: PixelFormat

    /// The step of the epoch, from 0.
    public let step: Int
    /// Width, height and channels of each image.
    public let imageShape: ImageShape

    /// The slot, if it still holds this batch. A fatal error, because a precondition prints no message in a release
    /// build.
    private var current: BatchSlot {
        guard slot.generation.load(ordering: .relaxed) == generation else {
            fatalError(
                "a batch was used after the next one was requested: copy data that must live longer")
        }
        return slot
    }

    /// Number of samples.
    public var count: Int { current.count }

    /// Pixels, row-major, in the loader's layout: `[count, channels, height, width]` for ``PixelLayout/nchw``. Only in
    /// format `float`.
    public var floats: UnsafeBufferPointer<Float> {
        guard case .float = format else {
            fatalError(
                "a batch of format u8 has no floats: use its bytes, or give the loader a float format")
        }
        return pixels(of: Float.self)
    }

    /// Pixels as stored, 0...255, in the same layout. Only in format `u8`.
    public var bytes: UnsafeBufferPointer<UInt8> {
        guard case .u8 = format else {
            fatalError(
                "a batch of float format has no bytes: use its floats, or give the loader the format u8")
        }
        return pixels(of: UInt8.self)
    }

    /// Bytes or floats, for callers who know the format.
    package var pixels: UnsafeRawPointer { UnsafeRawPointer(current.images) }

    private func pixels<Value>(of type: Value.Type) -> UnsafeBufferPointer<Value> {
        let slot = current
        return UnsafeBufferPointer(
            start: slot.images.assumingMemoryBound(to: Value.self), count: slot.count * imageShape.byteCount)
    }

    /// Class index of each sample.
    public var labels: UnsafeBufferPointer<UInt16> {
        let slot = current
        return UnsafeBufferPointer(start: slot.labels, count: slot.count)
    }

    /// Id of each sample: its row in the provenance.
    public var ids: UnsafeBufferPointer<UInt32> {
        let slot = current
        return UnsafeBufferPointer(start: slot.ids, count: slot.count)
    }
}
