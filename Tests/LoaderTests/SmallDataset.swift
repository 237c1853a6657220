// Prepared fixtures for the loader's tests.

import Dataset
import Imaging
import Pipeline
import Shards
import TestSupport

@testable import Loader

/// The MNIST-like fixture, prepared into a temporary folder: 1,120 train samples in several shards.
struct SmallDataset {
    let folder: TemporaryFolder
    let dataset: PreparedDataset

    init(
        _ codec: Manifest.Compression.Codec = .zstd, change: (inout PipelineConfiguration) -> Void = { _ in }
    ) throws {
        folder = try TemporaryFolder()
        var configuration = try PipelineConfiguration.named("mnist")
        configuration.compression = .init(codec: codec, level: 1)
        configuration.shardBytes = 400 * 784
        change(&configuration)
        _ = try Preparation(
            configuration: configuration, input: Fixtures.path("mnist"), output: folder("x"), workers: 2,
            memory: 1 << 28, overwrite: false
        ).run()
        dataset = try PreparedDataset(folder("x"))
    }

    /// All shards of a split, read without the loader.
    func shards(_ split: Split) throws -> [ShardSamples] {
        try dataset.manifest[split].shards.indices.map {
            try ShardReader(dataset, split, $0).samples()
        }
    }
}

/// A batch that outlives its slot.
struct CopiedBatch: Equatable {
    var step: Int
    var ids: [UInt32]
    var labels: [UInt16]
    var floats: [Float] = []
    var bytes: [UInt8] = []

    init(_ batch: Batch) {
        step = batch.step
        ids = Array(batch.ids)
        labels = Array(batch.labels)
        if batch.format == .u8 { bytes = Array(batch.bytes) } else { floats = Array(batch.floats) }
    }

    /// The floats of each sample, by id.
    var images: [UInt32: [Float]] {
        let area = floats.count / max(ids.count, 1)
        return Dictionary(
            ids.enumerated().map { ($1, Array(floats[$0 * area..<($0 + 1) * area])) },
            uniquingKeysWith: { a, _ in a })
    }
}

extension DataLoader {
    /// A whole epoch, copied.
    func copies(epoch: Int, from step: Int = 0) throws -> [CopiedBatch] {
        try batches(epoch: epoch, from: step).copies()
    }
}

extension BatchStream {
    /// What is left, copied.
    func copies() throws -> [CopiedBatch] {
        var copies: [CopiedBatch] = []
        while let batch = try next() { copies.append(CopiedBatch(batch)) }
        return copies
    }
}

func options(_ change: (inout LoaderOptions) -> Void = { _ in }) -> LoaderOptions {
    var options = LoaderOptions()
    options.batchSize = 64
    change(&options)
    return options
}
