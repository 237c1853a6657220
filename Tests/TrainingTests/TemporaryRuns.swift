// A prepared dataset and runs on it in a temporary folder, for tests of whole trainings.

import Dataset
import Foundation
import Pipeline
import Shards
import TestSupport

@testable import Training

/// MNIST's fixtures as shards, and a folder for runs on them.
struct TemporaryRuns {
    let folder: TemporaryFolder
    let dataset: PreparedDataset

    /// Every kind of layer, weights of several tiles, averaging, augmentation, a schedule; batches that do not divide
    /// the data.
    fileprivate static let everything = """
        name: everything
        layers:
          - convolution: {filters: 16, kernel: 5}
          - relu
          - max_pool: 2
          - dropout: 0.2
          - convolution: {filters: 12, kernel: 3, padding: same}
          - batch_normalization
          - relu
          - flatten
          - linear: 80
          - relu
          - dropout: 0.3
          - linear: classes
        optimizer: {name: adamw, rate: 0.003, weight_decay: 0.01}
        schedule: one_cycle
        averaging: 0.9
        augment: {rotate: 10, shift: 1}
        batch: 50
        micro_batch: 12
        epochs: 4
        """

    init() throws {
        folder = try TemporaryFolder()
        dataset = try Self.prepare("mnist", in: folder) { $0.officialTest = true }
    }

    static func prepare(
        _ name: String, in folder: TemporaryFolder, _ change: (inout PipelineConfiguration) throws -> Void
    ) throws -> PreparedDataset {
        var configuration = try PipelineConfiguration.named("mnist")
        try change(&configuration)
        _ = try Preparation(
            configuration: configuration, input: Fixtures.path("mnist"), output: folder(name), workers: 2,
            memory: 1 << 30, overwrite: false
        ).run()
        return try PreparedDataset(folder(name))
    }
}

/// A suite whose tests train.
protocol RunSuite {
    var runs: TemporaryRuns { get }
}

extension RunSuite {
    var temporary: TemporaryFolder { runs.folder }
    var dataset: PreparedDataset { runs.dataset }

    func recipe() throws -> Recipe { try Recipe(yaml: TemporaryRuns.everything, file: "everything.yaml") }

    /// Another preparation of the same digits.
    func prepare(
        _ name: String, _ change: (inout PipelineConfiguration) throws -> Void
    ) throws -> PreparedDataset {
        try TemporaryRuns.prepare(name, in: temporary, change)
    }

    @discardableResult
    func train(
        _ name: String, jobs: Int = 2, seed: UInt64 = 0, recipe: Recipe? = nil,
        isCancelled: @escaping () -> Bool = { false }
    ) throws -> TrainingResult {
        let folder = try RunFolder(creating: temporary(name))
        return try Trainer(try recipe ?? self.recipe(), on: dataset, seed: seed, jobs: jobs, folder: folder)
            .run(isCancelled: isCancelled)
    }

    func bytes(_ name: String) throws -> Data {
        try Data(contentsOf: URL(fileURLWithPath: temporary(name)))
    }
}
