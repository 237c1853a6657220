// One call that prepares, for all suites.

@testable import Pipeline

import Shards

/// Prepares `input` into the folder `output`.
func prepareDataset(
    _ input: String, to output: String, pipeline: String = "kaggle", workers: Int = 2,
    memory: Int = 1 << 28, overwrite: Bool = false,
    change: (inout PipelineConfiguration) throws -> Void = { _ in }
) throws -> Manifest {
    var configuration = try PipelineConfiguration.named(pipeline)
    try change(&configuration)
    return try Preparation(
        configuration: configuration, input: input, output: output, workers: workers, memory: memory,
        overwrite: overwrite
    ).run().manifest
}
