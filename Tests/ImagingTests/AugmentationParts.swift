// Images for tests of augmentation, and short ways to change them.

import Dataset
import Testing

@testable import Imaging

/// A shape of small sides.
func shape(_ width: Int, _ height: Int, _ channels: Int) -> ImageShape {
    ImageShape(size: ImageSize(width: width, height: height), channels: channels)
}

/// An image of random levels.
func randomImage(_ shape: ImageShape, _ seed: UInt64 = 1) -> [UInt8] {
    var random = SeededRandom(seed: seed, purpose: .synthesis)
    return (0..<shape.byteCount).map { _ in UInt8(random.below(256)) }
}

/// What `change` writes to an image of `shape`.
func written(_ shape: ImageShape, _ change: (UnsafeMutableBufferPointer<UInt8>) -> Void) -> [UInt8] {
    [UInt8](unsafeUninitializedCapacity: shape.byteCount) { output, count in
        change(UnsafeMutableBufferPointer(rebasing: output[..<shape.byteCount]))
        count = shape.byteCount
    }
}

/// An image as a loader would augment it in `epoch`.
func augmented(
    _ image: [UInt8], _ shape: ImageShape, _ augmentation: Augmentation, epoch: UInt64 = 0, sample: UInt64 = 0
) -> [UInt8] {
    let augmenter = Augmenter(augmentation, shape: shape)
    var random = SeededRandom(seed: 9, purpose: .augmentation, epoch: epoch, sample: sample)
    return image.withUnsafeBufferPointer { Array(augmenter.augment($0, &random)) }
}

/// One channel of an image in colour.
func plane(_ channel: Int, _ image: [UInt8]) -> [UInt8] {
    stride(from: channel, to: image.count, by: 3).map { image[$0] }
}

/// The median of the border in one channel, by sorting.
func background(_ image: [UInt8], _ shape: ImageShape, _ channel: Int = 0) -> UInt8 {
    let (width, height) = (shape.size.width, shape.size.height)
    var ring: [UInt8] = []
    for y in 0..<height {
        for x in 0..<width where x == 0 || y == 0 || x == width - 1 || y == height - 1 {
            ring.append(image[(y * width + x) * shape.channels + channel])
        }
    }
    return ring.sorted()[(ring.count - 1) / 2]
}
