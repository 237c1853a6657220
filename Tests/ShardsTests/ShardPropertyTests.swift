// Shards of random shape: what is read, as a whole or in blocks, is what was written.

import Dataset
import Storage
import TestSupport
import Testing

@testable import Shards

@Suite("Random shards")
struct ShardPropertyTests {
    @Test(
        "shards of any number and size of images are read back as written, and any flipped bit is found",
        .timeLimit(.minutes(5)), arguments: 1...PropertySeed.rounds(6))
    func roundTrip(number: Int) throws {
        let folder = try TemporaryFolder()
        let seed = PropertySeed.value &+ UInt64(number)
        var random = SeededRandom(seed: seed, purpose: .shuffle)
        func below(_ bound: Int) -> Int { Int(random.below(UInt64(bound))) }
        let size = ImageSize(width: 2 + below(40), height: 1 + below(40))
        // Around the 256 images of a block, too.
        let counts = (0...below(3)).map { _ in below(2) == 0 ? 1 + below(600) : 255 + below(3) }
        // Each image's own bytes, of any kind between blank and noise; the first two make it unlike all others.
        let noise = 1 + below(256)
        func pixels(_ id: Int) -> [UInt8] {
            var random = SeededRandom(seed: seed &+ UInt64(id), purpose: .augmentation)
            return [UInt8(id >> 8), UInt8(id & 255)]
                + (2..<max(size.area, 2)).map { _ in UInt8(random.below(UInt64(noise))) }
        }
        let copyCount = below(4)
        func copies(_ id: Int) -> [(number: Int, label: Int)] { (0..<copyCount).map { ($0 + 1, id % 2) } }
        let codec = Manifest.Compression.Codec.allCases[below(2)]
        let manifest = try HandmadeDataset.write(
            codec, to: folder("x"), train: counts, size: size, copies: copyCount > 0 ? copies : nil,
            pixels: pixels)
        let dataset = try PreparedDataset(folder("x"))
        #expect(dataset.manifest == manifest, "seed \(seed)")
        #expect(Verification(of: dataset, workers: 2).problems.isEmpty, "seed \(seed)")
        var firstID = 0
        for (shard, count) in counts.enumerated() {
            let reader = try ShardReader(dataset, .train, shard)
            let samples = try reader.samples()
            #expect(samples.ids.prefix(count) == (firstID..<firstID + count).map { UInt32($0) }[...])
            #expect(samples.labels == samples.ids.map { UInt16($0 % 2) })
            for (row, id) in samples.ids.enumerated() {
                #expect(Array(samples.image(row)) == pixels(Int(id)), "row \(row), seed \(seed)")
            }
            var inBlocks: [UInt8] = []
            try reader.forEachBlock { inBlocks += $1 }
            #expect(inBlocks == samples.images, "seed \(seed)")
            firstID += count
        }
        let record = manifest.shards[below(manifest.shards.count)].record
        var bytes = try FileSystem.read(folder("x/\(record.name)"))
        bytes[below(bytes.count)] ^= 1 << UInt8(below(8))
        try FileSystem.write([bytes], to: folder("x/\(record.name)"))
        #expect(!Verification(of: dataset, workers: 2).problems.isEmpty, "seed \(seed)")
    }
}
