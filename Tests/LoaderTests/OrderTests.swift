// What comes in which order, and in which form.

import Dataset
import Imaging
import Pipeline
import Shards
import TestSupport
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
        let rows = try dataset.provenance()
        let expected = Set(rows.indices.filter { rows[$0].split == .train }.map { UInt32($0) })
        for epoch in epochs { #expect(epoch.count == 1120 && Set(epoch) == expected) }
        #expect(epochs[0] != epochs[1] && epochs[1] != epochs[2])
    }

    @Test("images and labels are those of the shards", arguments: Manifest.Compression.Codec.allCases)
    func contents(codec: Manifest.Compression.Codec) throws {
        let small = try SmallDataset(codec)
        var images: [UInt32: [UInt8]] = [:]
        var labels: [UInt32: UInt16] = [:]
        for samples in try small.shards(.train) {
            for row in samples.ids.indices {
                images[samples.ids[row]] = Array(samples.image(row))
                labels[samples.ids[row]] = samples.labels[row]
            }
        }
        #expect(images.count == 1120)
        for (window, remainder) in [(nil, .keep), (2, .keep), (1, Remainder.pad)] {
            let loader = try DataLoader(
                small.dataset,
                options: options {
                    ($0.format, $0.windowBlocks, $0.remainder) = (.u8, window, remainder)
                })
            let batches = try loader.copies(epoch: 0)
            #expect(batches.count == 18)
            for batch in batches {
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
                    $0.augmentation = Augmentation(.affine(rotation: 10, shift: 2, scale: 0.1, shear: 5))
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
                options: options {
                    ($0.batchSize, $0.augmentation) = (batchSize, Augmentation(.affine(rotation: 15)))
                }
            )
            return try loader.copies(epoch: epoch).reduce(into: [:]) { images, batch in
                images.merge(batch.images) { a, _ in a }
            }
        }
        let reference = try load(64, epoch: 1)
        #expect(reference.count == 1120)
        #expect(try load(7, epoch: 1) == reference)
        let other = try load(64, epoch: 2)
        #expect(reference.keys.count { reference[$0] == other[$0] } < 10)
    }

    /// Oracle: the formulas in Float, as PyTorch computes them.
    @Test("floats are x/255, normalized step by step")
    func formats() throws {
        let bytes = try DataLoader(dataset, options: options { $0.format = .u8 }).copies(epoch: 0)
        for (mean, deviation) in [(Float(0), Float(1)), (0.5, 0.5), (0.1307, 0.3081)] {
            let loader = try DataLoader(
                dataset, options: options { $0.format = .float(mean: mean, deviation: deviation) })
            let floats = try loader.copies(epoch: 0)
            #expect(bytes.count == 18 && floats.count == 18)
            for (a, b) in zip(bytes, floats) {
                #expect(b.floats == a.bytes.map { (Float($0) / 255 - mean) / deviation })
            }
        }
    }

    /// Oracle: naive loops over the stored pixels.
    @Test(
        "colours come by planes or by pixels, in bytes and normalized floats", arguments: PixelLayout.allCases
    )
    func colours(layout: PixelLayout) throws {
        let folder = try TemporaryFolder()
        var configuration = try PipelineConfiguration.named("images")
        configuration.stages = [.resize(size: ImageSize(width: 13, height: 9), filter: .box, fit: .stretch)]
        _ = try Preparation(
            configuration: configuration, input: Fixtures.path("digits.zip"), output: folder("x"), workers: 2
        ).run()
        let dataset = try PreparedDataset(folder("x"))
        try #require(dataset.manifest.image.channels == 3)
        let stored = try ShardReader(dataset, .train, 0).samples()
        let area = 13 * 9
        func arranged(_ row: Int) -> [UInt8] {
            let image = Array(stored.image(row))
            guard layout == .nchw else { return image }
            return (0..<3).flatMap { channel in (0..<area).map { image[$0 * 3 + channel] } }
        }
        let (mean, deviation): ([Float], [Float]) = ([0.49, 0.48, 0.45], [0.25, 0.24, 0.26])
        for format in [PixelFormat.u8, .unit, .symmetric, .float(mean: mean, deviation: deviation)] {
            let loader = try DataLoader(
                dataset,
                options: options {
                    ($0.format, $0.layout, $0.shuffle, $0.batchSize) = (format, layout, false, 7)
                })
            var row = 0
            for batch in try loader.copies(epoch: 0) {
                for index in batch.ids.indices where row < stored.count {
                    let expected = arranged(row)
                    if format == .u8 {
                        #expect(
                            batch.bytes[index * 3 * area..<(index + 1) * 3 * area].elementsEqual(expected))
                    } else if case .float(let means, let deviations) = format {
                        let floats = expected.enumerated().map { place, level -> Float in
                            let channel = layout == .nchw ? place / area : place % 3
                            return (Float(level) / 255 - means[channel % means.count])
                                / deviations[channel % means.count]
                        }
                        #expect(
                            batch.floats[index * 3 * area..<(index + 1) * 3 * area].elementsEqual(floats))
                    }
                    row += 1
                }
            }
            #expect(row == stored.count)
        }
        #expect(throws: LoaderError.self) {
            try DataLoader(
                dataset, options: options { $0.format = .float(mean: [0, 0], deviation: [1, 1]) })
        }
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
        let stored = try small.shards(.test).flatMap(\.ids)
        for window in [nil, 2] {
            let loader = try DataLoader(
                dataset, split: .test, options: options { ($0.shuffle, $0.windowBlocks) = (false, window) })
            #expect(try loader.copies(epoch: 0).flatMap(\.ids) == stored)
        }
    }

    @Test("padding in window mode keeps no window in memory for the end of the epoch")
    func padding() throws {
        let rows = try SplitRows(dataset, split: .train, drawsForSamples: false)
        let order = SampleOrder(
            blocks: rows.rowsOfBlocks, window: 1, shuffle: true, seed: 0, epoch: 0)
        #expect(order.windows.count == 6)
        // 1,120 samples are 17 batches and a half; 3,000 are almost thrice the split.
        for batchSize in [64, 3000] {
            let schedule = BatchSchedule(
                samples: rows.count, batchSize: batchSize, remainder: .pad, rank: .single)
            let places = (0..<schedule.steps).map { schedule.places(of: $0) }
            let epoch = WindowedEpoch(rows, order, places: places)
            var (measures, most, visited) = (WorkMeasures(), 0, [UInt32]())
            for range in places {
                try epoch.forEach(range, &measures) { _, row, _ in
                    most = max(most, epoch.held)
                    visited.append(UInt32(row))
                }
            }
            #expect(most == 1 && epoch.held == 0)
            #expect(visited == (0..<schedule.steps * batchSize).map { order.rows[$0 % 1120] })
        }
    }

    /// Of 16 x 16 counts whose rows and columns have fixed sums, chi-square has mean 240 here and deviation 23.
    @Test("every position of every sample is equally likely (chi-square over 2,000 epochs)")
    func unbiased() {
        var counts = [Double](repeating: 0, count: 256)
        for epoch in 0..<2000 {
            for (position, row) in SampleOrder(global: Array(0..<16), seed: 3, epoch: epoch).rows.enumerated()
            {
                counts[position * 16 + Int(row)] += 1
            }
        }
        #expect(counts.reduce(0) { $0 + ($1 - 125) * ($1 - 125) / 125 } < 310)
    }

    @Test("the larger the window, the better it mixes: lag-1 correlation and classes per batch")
    func windowQuality() throws {
        // Rows sorted by class, the hardest case for a window: 40 blocks of 256, ten classes.
        let labels = (0..<10_240).map { $0 / 1024 }
        let blocks = (0..<40).map { (block: UInt32) -> [UInt32] in Array(block * 256..<(block + 1) * 256) }
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
        let ideal = quality(SampleOrder(global: Array(0..<10_240), seed: 1, epoch: 0))
        #expect(abs(ideal.correlation) < 0.04 && abs(ideal.chiSquare - 9) < 2)
        // With a window of one, batches hold one class.
        var last = 1152.0
        for (window, correlation) in [(1, 1), (4, 0.2), (10, 0.04), (20, 0.04), (40, 0.04)] {
            let found = quality(SampleOrder(blocks: blocks, window: window, shuffle: true, seed: 1, epoch: 0))
            #expect(abs(found.correlation) < correlation && found.chiSquare <= last, "window of \(window)")
            last = found.chiSquare / 2
        }
        // All blocks in one window are as good as the ideal.
        #expect(abs(last * 2 - 9) < 2)
    }
}
