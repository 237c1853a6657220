// What is reused from batch to batch and stream to stream carries nothing that the next can see.

import Dataset
import Imaging
import Shards
import TestSupport
import Testing

@testable import Loader

@Suite("Reuse of slots and loaders")
struct ReuseTests {
    private let small: SmallDataset
    private var dataset: PreparedDataset { small.dataset }

    init() throws { small = try SmallDataset() }

    private static let augmentation = Augmentation(.affine(rotation: 10, shift: 2, scale: 0.1, shear: 5))

    /// Fills idle slots with what no batch holds.
    ///
    /// - Returns: where their pixels lie
    private func soil(_ loader: DataLoader) -> Set<UnsafeRawPointer> {
        let loan = loader.slots.lend()
        for slot in loan.slots {
            let pixelBytes = loader.options.format == .u8 ? 1 : 4
            slot.images.initializeMemory(
                as: UInt8.self, repeating: 0xA5, count: 64 * loader.imageShape.byteCount * pixelBytes)
            slot.labels.update(repeating: 0xA5A5, count: 64)
            slot.ids.update(repeating: 0xA5A5_A5A5, count: 64)
            slot.count = 63
            slot.failure = LoaderError.changed(file: "another")
        }
        return Set(loan.slots.map { UnsafeRawPointer($0.images) })
    }

    @Test(
        "slots that were full of other bytes deliver the same as fresh ones", .timeLimit(.minutes(5)),
        arguments: [PixelFormat.u8, .symmetric], [nil, ImageSize(width: 33, height: 30)])
    func soiledSlots(format: PixelFormat, canvas: ImageSize?) throws {
        for augmentation in [nil, Self.augmentation] {
            for window in [nil, 2] {
                let options = options {
                    ($0.format, $0.canvas, $0.augmentation) = (format, canvas, augmentation)
                    $0.windowBlocks = window
                }
                let reference = try DataLoader(dataset, options: options).copies(epoch: 1)
                #expect(reference.count == 18)
                let loader = try DataLoader(dataset, options: options)
                let soiled = soil(loader)
                let stream = try loader.batches(epoch: 1)
                for expected in reference {
                    let batch = try #require(try stream.next())
                    #expect(CopiedBatch(batch) == expected)
                    #expect(soiled.contains(UnsafeRawPointer(batch.slot.images)))
                }
                #expect(try stream.next() == nil)
            }
        }
    }

    @Test("a stream gives its slots back once, though it ends and is dropped", .timeLimit(.minutes(5)))
    func givesBackOnce() throws {
        let loader = try DataLoader(dataset, options: options { $0.prefetch = 2 })
        let expected = try (1...2).map { try DataLoader(dataset, options: options()).copies(epoch: $0) }
        var first: BatchStream? = try loader.batches(epoch: 0)
        while try first?.next() != nil {}
        // The second has the slots of the first, which goes only now.
        let second = try withExtendedLifetime(first) { try loader.batches(epoch: 1) }
        first = nil
        let third = try loader.batches(epoch: 2)
        var places = [Set<UnsafeRawPointer>(), []]
        for step in 0..<18 {
            let batches = try [second, third].map { try #require(try $0.next()) }
            for (index, batch) in batches.enumerated() {
                #expect(CopiedBatch(batch) == expected[index][step])
                places[index].insert(UnsafeRawPointer(batch.slot.images))
            }
        }
        #expect(places.map(\.count) == [2, 2] && places[0].isDisjoint(with: places[1]))
    }

    @Test("a batch whose stream was dropped keeps its contents", .timeLimit(.minutes(5)))
    func keptBatch() throws {
        let loader = try DataLoader(dataset, options: options { $0.prefetch = 2 })
        var stream: BatchStream? = try loader.batches(epoch: 0)
        let batch = try #require(try stream?.next())
        let copy = CopiedBatch(batch)
        stream = nil
        for epoch in 1...3 { #expect(try loader.copies(epoch: epoch).count == 18) }
        #expect(CopiedBatch(batch) == copy)
    }

    @Test("a stream that failed leaves the next one's batches alone", .timeLimit(.minutes(5)))
    func failedStream() throws {
        let streams = try MadeUpStreams(dataset, options { ($0.prefetch, $0.workers) = (1, 1) })
        let failed = try streams.stream { place in
            if place == 64 { throw LoaderError.changed(file: "x") }
        }
        #expect(try failed.next()?.count == 64)
        #expect(throws: LoaderError.changed(file: "x")) { try failed.next() }
        let next = try streams.stream { _ in }
        let batch = try #require(try next.next())
        #expect(try failed.next() == nil)
        #expect(Array(batch.bytes) == [UInt8](0..<64).flatMap { Array(repeating: $0, count: 784) })
    }

    @Test(
        "batch sizes, ranks, workers and depths of the ring in random order deliver the same samples",
        .timeLimit(.minutes(5)), arguments: 1...3)
    func randomLoaders(seed: Int) throws {
        var random = SeededRandom(seed: PropertySeed.value &+ UInt64(seed), purpose: .shuffle)
        func below(_ bound: Int) -> Int { Int(random.below(UInt64(bound))) }
        let epoch = below(5)
        func images(_ loaders: [DataLoader]) throws -> [UInt32: [Float]] {
            var images: [UInt32: [Float]] = [:]
            var count = 0
            for batch in try loaders.flatMap({ try $0.copies(epoch: epoch) }) {
                images.merge(batch.images) { a, _ in a }
                count += batch.ids.count
            }
            #expect(count == 1120)
            return images
        }
        let reference = try images([
            DataLoader(dataset, options: options { $0.augmentation = Self.augmentation })
        ])
        #expect(reference.count == 1120)
        for _ in 0..<8 {
            let options = options {
                ($0.batchSize, $0.workers, $0.prefetch) = (1 + below(200), 1 + below(5), 1 + below(6))
                $0.windowBlocks = [nil, 1, 2, 3][below(4)]
                $0.augmentation = Self.augmentation
            }
            let ranks = 1 + below(min(options.batchSize, 4))
            let loaders = try (0..<ranks).map { rank in
                var options = options
                options.rank = Rank(rank, of: ranks)
                return try DataLoader(dataset, options: options)
            }
            #expect(try images(loaders) == reference, "\(options), seed \(PropertySeed.value)")
        }
    }

    @Test(
        "one loader's streams, begun anywhere, two at a time and dropped at any step, deliver the same",
        .timeLimit(.minutes(5)), arguments: [nil, 2])
    func randomStreams(window: Int?) throws {
        let options = options { ($0.windowBlocks, $0.augmentation) = (window, Self.augmentation) }
        let references = try (0..<3).map { try DataLoader(dataset, options: options).copies(epoch: $0) }
        let loader = try DataLoader(dataset, options: options)
        var random = SeededRandom(seed: PropertySeed.value, purpose: .shuffle)
        func below(_ bound: Int) -> Int { Int(random.below(UInt64(bound))) }
        for _ in 0..<25 {
            let pair = try (0..<2).map { _ in
                let (epoch, step) = (below(3), below(18))
                return (epoch, step, try loader.batches(epoch: epoch, from: step))
            }
            for offset in 0..<1 + below(18) {
                for (epoch, step, stream) in pair {
                    let found = try stream.next().map { CopiedBatch($0) }
                    let place = step + offset
                    #expect(
                        found == (place < 18 ? references[epoch][place] : nil), "seed \(PropertySeed.value)")
                }
            }
        }
    }
}
