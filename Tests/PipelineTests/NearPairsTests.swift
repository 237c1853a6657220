// Oracle: every image compared with every other.

import Dataset
import Imaging
import Shards
import TestSupport
import Testing

@testable import Pipeline

@Suite("Near-duplicates")
struct NearPairsTests {
    private let folder: TemporaryFolder

    init() throws { folder = try TemporaryFolder() }

    private func store(_ images: [[UInt8]], memory: Int = 1 << 24) throws -> PixelStore {
        let store = PixelStore(imageBytes: images[0].count, memory: memory, scratchFolder: folder.path)
        let first = try store.reserve(images.count).lowerBound
        for (index, image) in images.enumerated() {
            try image.withUnsafeBufferPointer { try store.write($0, from: first + index) }
        }
        return store
    }

    private func distance(_ a: [UInt8], _ b: [UInt8]) -> Int {
        zip(a, b).reduce(0) { $0 + (Int($1.0) - Int($1.1)) * (Int($1.0) - Int($1.1)) }
    }

    private func everyPair(_ images: [[UInt8]], _ levels: Double) -> [NearPairs.Pair] {
        var pairs: [NearPairs.Pair] = []
        let limit = Int(levels * levels * Double(images[0].count))
        for a in images.indices {
            for b in a + 1..<max(images.count, a + 1) {
                let distance = distance(images[a], images[b])
                if distance <= limit {
                    pairs.append(.init(distance: distance, a: UInt32(a), b: UInt32(b)))
                }
            }
        }
        return pairs.sorted()
    }

    /// Smooth, noisy, nearly equal and extreme images.
    private func images(_ count: Int, _ size: ImageSize, _ random: inout SeededRandom) -> [[UInt8]] {
        var images: [[UInt8]] = []
        for _ in 0..<count {
            var image: [UInt8]
            switch random.below(5) {
            case 0: image = (0..<size.area).map { _ in UInt8(random.below(256)) }
            case 1: image = Array(repeating: UInt8(random.below(256)), count: size.area)
            case 2:
                let (slope, start) = (Int(random.below(20)), Int(random.below(200)))
                image = (0..<size.area).map { UInt8((start + $0 % size.width * slope) % 256) }
            default:
                image =
                    images.isEmpty
                    ? Array(repeating: 9, count: size.area)
                    : images[Int(random.below(UInt64(images.count)))]
                let noise = 1 + random.below(40)
                for index in image.indices where random.below(3) == 0 {
                    image[index] = UInt8(min(255, UInt64(image[index]) + random.below(noise)))
                }
            }
            images.append(image)
        }
        return images
    }

    @Test(
        "the pairs are those of a comparison of every image with every other, for any data and number of threads",
        .timeLimit(.minutes(5)), arguments: 0..<PropertySeed.rounds(10))
    func exact(round: Int) throws {
        let seed = PropertySeed.value &+ UInt64(round)
        var random = SeededRandom(seed: seed, purpose: .synthesis)
        let size = ImageSize(width: 1 + Int(random.below(40)), height: 1 + Int(random.below(40)))
        let images = images(2 + Int(random.below(400)), size, &random)
        let store = try store(images, memory: round % 3 == 0 ? 0 : 1 << 24)
        for levels in [0.5, 4, 8, 16, 100] {
            let expected = everyPair(images, levels)
            for workers in 1...3 {
                let found = try NearPairs(
                    images.indices.map { (UInt32($0), UInt32($0)) }, in: store,
                    shape: ImageShape(size: size, channels: 1), levels: levels,
                    limit: .max, workers: workers)
                #expect(found.pairs == expected, "\(levels) levels, \(workers) workers, seed \(seed)")
                #expect(found.levels == levels)
            }
        }
    }

    @Test(
        "more pairs than memory may hold are searched within a smaller distance, whatever the number of threads"
    )
    func tooMany() throws {
        // Image n is n levels bright.
        let images = (0..<200).map { [UInt8](repeating: UInt8($0), count: 16) }
        let store = try store(images)
        for workers in 1...3 {
            let found = try NearPairs(
                images.indices.map { (UInt32($0), UInt32($0)) }, in: store,
                shape: ImageShape(size: ImageSize(width: 4, height: 4), channels: 1), levels: 8, limit: 600,
                workers: workers)
            #expect(found.levels == 2)
            #expect(found.pairs == everyPair(images, 2))
        }
    }

    @Test("a chain binds its closest pairs first, and no set grows beyond its share of all samples")
    func chains() throws {
        // Steps of 1 level, with one of 3 in the middle of each ten.
        var images: [[UInt8]] = []
        for number in 0..<100 {
            images.append([UInt8](repeating: UInt8(number + number / 10 * 2), count: 16))
        }
        let near = try NearPairs(
            images.indices.map { (UInt32($0), UInt32($0)) }, in: try store(images),
            shape: ImageShape(size: ImageSize(width: 4, height: 4), channels: 1), levels: 3, limit: .max,
            workers: 2)
        #expect(throws: PipelineError.interrupted) {
            try NearPairs(
                images.indices.map { (UInt32($0), UInt32($0)) }, in: try store(images),
                shape: ImageShape(size: ImageSize(width: 4, height: 4), channels: 1), levels: 3, limit: .max,
                workers: 2, isCancelled: { true })
        }
        let kinship = Kinship(100, duplicates: [], near: near, binds: true)
        #expect(kinship.sets == (0..<10).map { ten in (0..<10).map { ten * 10 + $0 } })
        // Two large groups with one pair of near-duplicates are one set.
        let halves = [Array(0..<45), Array(55..<100)]
        let pair = try NearPairs(
            [(44, 44), (46, 46)], in: try store(images),
            shape: ImageShape(size: ImageSize(width: 4, height: 4), channels: 1), levels: 255,
            limit: .max, workers: 1)
        #expect(
            Kinship(
                100, duplicates: [[46, 60]], near: pair, binds: true,
                groups: halves
            ).sets.count == 1)
        #expect(
            Kinship(100, duplicates: [[3, 60, 61]], near: near, binds: false)
                .sets == [[3, 60, 61]])
    }

    @Test("sets are those of a search through all connections")
    func disjointSets() {
        var random = SeededRandom(seed: PropertySeed.value, purpose: .synthesis)
        for _ in 0..<100 {
            let count = 1 + Int(random.below(60))
            var (sets, labels) = (DisjointSets(count), Array(0..<count))
            for _ in 0..<random.below(50) {
                let (a, b) = (Int(random.below(UInt64(count))), Int(random.below(UInt64(count))))
                sets.join(a, b)
                let (old, new) = (labels[b], labels[a])
                labels = labels.map { $0 == old ? new : $0 }
            }
            let expected = Dictionary(grouping: 0..<count) { labels[$0] }.values.filter { $0.count > 1 }
            #expect(sets.sets() == expected.sorted { $0[0] < $1[0] }, "seed \(PropertySeed.value)")
            for number in 0..<count {
                #expect(sets.size(number) == labels.count { $0 == labels[number] })
            }
        }
    }
}
