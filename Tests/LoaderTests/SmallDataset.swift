// Prepared fixtures for the loader's tests.

import Imaging
import Pipeline
import Shards
import TestSupport

@testable import Loader

/// The MNIST-like fixture, prepared into a temporary folder: 1,120 train samples in several shards.
struct SmallDataset {
    let folder: TemporaryFolder
    let dataset: PreparedDataset

    init(_ codec: Manifest.Compression.Codec = .zstd) throws {
        folder = try TemporaryFolder()
        var configuration = try BuiltinPipeline.mnist.configuration()
        configuration.compression = .init(codec: codec, level: 1)
        configuration.shardBytes = 400 * 784
        _ = try Preparation(
            configuration: configuration, input: Fixtures.path("mnist"), output: folder("x"), workers: 2,
            memory: 1 << 28, overwrite: false
        ).run()
        dataset = try PreparedDataset(folder("x"))
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
}

extension DataLoader {
    /// A whole epoch, copied.
    func copies(epoch: Int, from step: Int = 0) throws -> [CopiedBatch] {
        let stream = try batches(epoch: epoch, from: step)
        var copies: [CopiedBatch] = []
        while let batch = try stream.next() { copies.append(CopiedBatch(batch)) }
        return copies
    }
}

func options(_ change: (inout LoaderOptions) -> Void = { _ in }) -> LoaderOptions {
    var options = LoaderOptions()
    options.batchSize = 64
    change(&options)
    return options
}
