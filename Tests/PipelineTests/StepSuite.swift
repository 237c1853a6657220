// What tests of preparations in steps have in common.

import Dataset
import Foundation
import Shards
import TestSupport

@testable import Pipeline

protocol StepSuite {
    var folder: TemporaryFolder { get }
}

extension StepSuite {
    func configuration(
        _ pipeline: String = "kaggle", _ change: (inout PipelineConfiguration) -> Void = { _ in }
    ) throws -> PipelineConfiguration {
        var configuration = try PipelineConfiguration.named(pipeline)
        configuration.shardBytes = 50_000
        change(&configuration)
        return configuration
    }

    /// All steps, the tasks of each in random order.
    @discardableResult
    func prepare(
        _ inputs: [String], parts: Int, _ configuration: PipelineConfiguration, in name: String,
        memory: Int = 1 << 28
    ) throws -> Manifest {
        let work = try WorkFolder(folder(name), configuration, inputs: inputs, parts: parts)
        for part in (0..<parts).shuffled() {
            _ = try work.stage(part: part, of: inputs.shuffled(), workers: 2, memory: memory)
        }
        let shards = try work.plan(workers: 2, memory: memory)
        for part in (0..<parts).shuffled() { try work.partition(part: part, memory: memory) }
        for first in stride(from: 0, to: shards, by: 3).shuffled() {
            try work.write(shards: first...min(first + 2, shards - 1), workers: 2, memory: memory)
        }
        return try work.finish(folder("\(name) out"), overwrite: false)
    }

    func single(_ inputs: [String], _ configuration: PipelineConfiguration, to name: String) throws
        -> Manifest
    {
        try Preparation(configuration: configuration, inputs: inputs, output: folder(name), workers: 2).run()
            .manifest
    }

    func files(_ name: String) throws -> [String: Data] { try contents(of: folder(name)) }
}
