import Dataset
import Imaging
import Shards
import Testing

@testable import Loader

@Suite("Order and contents of batches")
struct OrderTests {
    private let small: SmallDataset
    private var dataset: PreparedDataset { small.dataset }

    init() throws { small = try SmallDataset() }

    @Test("an epoch visits every sample once, in both modes; two epochs differ", arguments: [nil, 1, 2, 3])
    func permutation(window: Int?) throws {
        let loader = try DataLoader(dataset, options: options { $0.windowBlocks = window })
        let epochs = try (0..<3).map { try loader.copies(epoch: $0).flatMap(\.ids) }
        let expected = Set(
            try dataset.provenance().indices.filter { try dataset.provenance()[$0].split == .train }.map {
                UInt32($0)
            })
        for epoch in epochs { #expect(epoch.count == 1120 && Set(epoch) == expected) }
        #expect(epochs[0] != epochs[1] && epochs[1] != epochs[2])
    }

    @Test("images and labels are those of the shards", arguments: Manifest.Compression.Codec.allCases)
    func contents(codec: Manifest.Compression.Codec) throws {
        let small = try SmallDataset(codec)
        var images: [UInt32: [UInt8]] = [:]
        var labels: [UInt32: UInt16] = [:]
        for record in small.dataset.manifest.splits[.train]?.shards ?? [] {
            let samples = try ShardReader(record, folder: small.dataset.folder).samples()
            for row in samples.ids.indices {
                images[samples.ids[row]] = Array(samples.image(row))
                labels[samples.ids[row]] = samples.labels[row]
            }
        }
        for window in [nil, 2] {
            let loader = try DataLoader(
                small.dataset, options: options { ($0.format, $0.windowBlocks) = (.u8, window) })
            for batch in try loader.copies(epoch: 0) {
                for (index, id) in batch.ids.enumerated() {
                    #expect(batch.labels[index] == labels[id])
                    #expect(Array(batch.bytes[index * 784..<(index + 1) * 784]) == images[id])
                }
            }
        }
    }

    @Test("the same bits for any number of workers, depth of the ring, and compression", arguments: [nil, 2])
    func reproducible(window: Int?) throws {
        let plain = try SmallDataset(.none)
        func load(_ dataset: PreparedDataset, _ workers: Int, _ prefetch: Int) throws -> [CopiedBatch] {
            let loader = try DataLoader(
                dataset,
                options: options {
                    ($0.workers, $0.prefetch, $0.windowBlocks) = (workers, prefetch, window)
                    $0.augmentation = RandomAffine(rotation: 10, shift: 2, scale: 0.1, shear: 5)
                })
            return try loader.copies(epoch: 4)
        }
        let reference = try load(dataset, 1, 1)
        for (workers, prefetch) in [(1, 16), (2, 1), (2, 4), (7, 2), (7, 16)] {
            #expect(try load(dataset, workers, prefetch) == reference)
            #expect(try load(plain.dataset, workers, prefetch) == reference)
        }
    }

    @Test("what augmentation does to a sample does not depend on the batch size; epochs differ")
    func augmentation() throws {
        func load(_ batchSize: Int, epoch: Int) throws -> [UInt32: [Float]] {
            let loader = try DataLoader(
                dataset,
                options: options { ($0.batchSize, $0.augmentation) = (batchSize, RandomAffine(rotation: 15)) }
            )
            var images: [UInt32: [Float]] = [:]
            for batch in try loader.copies(epoch: epoch) {
                for (index, id) in batch.ids.enumerated() {
                    images[id] = Array(batch.floats[index * 784..<(index + 1) * 784])
                }
            }
            return images
        }
        let reference = try load(64, epoch: 1)
        #expect(try load(7, epoch: 1) == reference)
        let other = try load(64, epoch: 2)
        #expect(reference.keys.count { reference[$0] == other[$0] } < 10)
    }

    /// Oracle: the formulas in Float, as PyTorch computes them.
    @Test("floats are x/255, normalised step by step")
    func formats() throws {
        let bytes = try DataLoader(dataset, options: options { $0.format = .u8 }).copies(epoch: 0)
        for (mean, deviation) in [(Float(0), Float(1)), (0.5, 0.5), (0.1307, 0.3081)] {
            let loader = try DataLoader(
                dataset, options: options { $0.format = .float(mean: mean, deviation: deviation) })
            for (a, b) in zip(bytes, try loader.copies(epoch: 0)) {
                #expect(b.floats == a.bytes.map { (Float($0) / 255 - mean) / deviation })
            }
        }
    }

    @Test(
        "resuming at any step of an epoch continues exactly, with other workers and ranks",
        arguments: [nil, 2])
    func resume(window: Int?) throws {
        let loader = try DataLoader(dataset, options: options { $0.windowBlocks = window })
        let whole = try loader.copies(epoch: 3)
        #expect(whole.count == 18 && loader.stepsPerEpoch == 18)
        for step in 0...18 {
            let state = loader.state(epoch: 3, step: step)
            let text = try JSONValue(encoding: state).canonicalText
            #expect(text.utf8.count < 300)
            let restored: LoaderState = try JSONValue(parsing: Array(text.utf8)).decoded()
            let resumed = try DataLoader(
                dataset, resuming: restored, options: options { ($0.workers, $0.seed) = (5, 99) })
            #expect(try resumed.copies(epoch: restored.epoch, from: restored.step) == Array(whole[step...]))
        }
        // Two ranks take over: together they give the same global batches.
        let state = loader.state(epoch: 3, step: 9)
        let parts = try (0..<2).map { rank in
            try DataLoader(dataset, resuming: state, options: options { $0.rank = Rank(rank, of: 2) }).copies(
                epoch: 3, from: 9)
        }
        for (index, batch) in whole[9...].enumerated() {
            #expect(parts[0][index].ids + parts[1][index].ids == batch.ids)
        }
    }

    @Test("a state of other data is refused")
    func otherData() throws {
        var state = try DataLoader(dataset, options: options()).state(epoch: 0, step: 0)
        state.digest = Digest(of: "other")
        let error = #expect(throws: LoaderError.self) {
            try DataLoader(dataset, resuming: state, options: options())
        }
        #expect(
            error
                == .otherDataset(
                    folder: dataset.folder, expected: state.digest, found: dataset.manifest.digest))
    }

    @Test(
        "ranks see every sample exactly once; dropping and padding do what they say", arguments: [1, 2, 3, 8])
    func ranks(count: Int) throws {
        func load(_ remainder: Remainder) throws -> [[CopiedBatch]] {
            try (0..<count).map { rank in
                try DataLoader(
                    dataset, options: options { ($0.rank, $0.remainder) = (Rank(rank, of: count), remainder) }
                )
                .copies(epoch: 1)
            }
        }
        let kept = try load(.keep).flatMap { $0.flatMap(\.ids) }
        #expect(kept.count == 1120 && Set(kept).count == 1120)
        let dropped = try load(.drop)
        #expect(dropped.allSatisfy { $0.count == 17 })
        #expect(Set(dropped.flatMap { $0.flatMap(\.ids) }).count == 17 * 64)
        let padded = try load(.pad)
        #expect(padded.allSatisfy { $0.count == 18 })
        let all = padded.flatMap { $0.flatMap(\.ids) }
        #expect(all.count == 18 * 64 && Set(all).count == 1120)
        for rank in padded { #expect(Set(rank.map(\.ids.count)).count == 1) }
    }

    @Test("without shuffling, samples come as stored")
    func sequential() throws {
        let stored = try (dataset.manifest.splits[.test]?.shards ?? []).flatMap {
            try ShardReader($0, folder: dataset.folder).samples().ids
        }
        for window in [nil, 2] {
            let loader = try DataLoader(
                dataset, split: .test, options: options { ($0.shuffle, $0.windowBlocks) = (false, window) })
            #expect(try loader.copies(epoch: 0).flatMap(\.ids) == stored)
        }
    }

    @Test(
        "every position of every sample is equally likely (chi-square over 2,000 epochs, 15 degrees of freedom)"
    )
    func unbiased() {
        var counts = [Double](repeating: 0, count: 16)
        for epoch in 0..<2000 {
            let rows = SampleOrder(global: 16, seed: 3, epoch: epoch).rows
            counts[rows.firstIndex(of: 5) ?? 0] += 1
        }
        #expect(counts.reduce(0) { $0 + ($1 - 125) * ($1 - 125) / 125 } < 37.7)
    }

    @Test("window mode mixes nearly as well as the ideal: lag-1 correlation and classes per batch")
    func windowQuality() throws {
        // Rows sorted by class, the hardest case for a window: 40 blocks of 256, ten classes.
        let labels = (0..<10_240).map { $0 / 1024 }
        let blocks = (0..<40).map { $0 * 256..<($0 + 1) * 256 }
        func quality(_ order: SampleOrder) -> (correlation: Double, chiSquare: Double) {
            let sequence = order.rows.map { Double(labels[Int($0)]) }
            let mean = sequence.reduce(0, +) / Double(sequence.count)
            let variance = sequence.reduce(0) { $0 + ($1 - mean) * ($1 - mean) }
            let lag = zip(sequence, sequence.dropFirst()).reduce(0) { $0 + ($1.0 - mean) * ($1.1 - mean) }
            var chiSquare = 0.0
            for start in stride(from: 0, to: sequence.count, by: 128) {
                var counts = [Double](repeating: 0, count: 10)
                for label in sequence[start..<start + 128] { counts[Int(label)] += 1 }
                chiSquare += counts.reduce(0) { $0 + ($1 - 12.8) * ($1 - 12.8) / 12.8 }
            }
            return (lag / variance, chiSquare / 80)
        }
        let ideal = quality(SampleOrder(global: 10_240, seed: 1, epoch: 0))
        print(
            "global: lag-1 correlation \(ideal.correlation), chi-square per batch \(ideal.chiSquare) (ideal 9)"
        )
        #expect(abs(ideal.correlation) < 0.04 && abs(ideal.chiSquare - 9) < 2)
        var last = Double.infinity
        for window in [4, 10, 20, 40] {
            let found = quality(SampleOrder(blocks: blocks, window: window, shuffle: true, seed: 1, epoch: 0))
            print(
                "window of \(window): lag-1 correlation \(found.correlation), chi-square per batch \(found.chiSquare)"
            )
            #expect(found.chiSquare < last + 1)
            last = found.chiSquare
        }
        #expect(abs(last - 9) < 2)
    }
}
