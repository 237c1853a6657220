// Augmentation while loading. Oracle: an augmenter with the random numbers of key and epoch.

import Dataset
import Imaging
import Shards
import Testing

@testable import Loader

@Suite("Augmentation while loading")
struct AugmentationTests {
    private let small: SmallDataset

    init() throws { small = try SmallDataset() }

    @Test("a sample in an epoch is what its key draws", arguments: [0, 3])
    func online(epoch: Int) throws {
        let augmentation = Augmentation(
            .crop(3), .flip(), .affine(rotation: 10, probability: 0.5), .elastic(alpha: 30, sigma: 4),
            .brightness(0.2), .contrast(0.2), .erase(8))
        let loader = try DataLoader(
            small.dataset,
            options: options { ($0.format, $0.seed, $0.augmentation) = (.u8, 7, augmentation) })
        let keys = try small.dataset.provenance().map(\.key)
        var originals: [UInt32: [UInt8]] = [:]
        for samples in try small.shards(.train) {
            for row in samples.ids.indices { originals[samples.ids[row]] = Array(samples.image(row)) }
        }
        let shape = small.dataset.manifest.image
        let augmenter = Augmenter(augmentation, shape: shape)
        var changed = 0
        for batch in try loader.copies(epoch: epoch) {
            for (index, id) in batch.ids.enumerated() {
                var random = SeededRandom(
                    seed: 7, purpose: .augmentation, epoch: UInt64(epoch), sample: keys[Int(id)].identity)
                let original = try #require(originals[id])
                let expected = original.withUnsafeBufferPointer { Array(augmenter.augment($0, &random)) }
                let bytes = shape.byteCount
                #expect(Array(batch.bytes[index * bytes..<(index + 1) * bytes]) == expected)
                changed += expected == original ? 0 : 1
            }
        }
        #expect(changed > 1000)
    }

    @Test("a loader refuses what a file could not hold")
    func unusable() {
        for augmentation in [
            Augmentation(.flip(), .flip()), Augmentation(.flip(probability: -0.1)),
            Augmentation(.erase(5000)),
            Augmentation(.elastic(alpha: 1, sigma: 100)),
        ] {
            #expect {
                try DataLoader(small.dataset, options: options { $0.augmentation = augmentation })
            } throws: {
                guard case .invalid("augmentation", _)? = $0 as? LoaderError else { return false }
                return true
            }
        }
    }
}
