// Model files that are damaged, or ask for what cannot be: refused with a clear error.

import Configuration
import Dataset
import Foundation
import Pipeline
import Storage
import TestSupport
import Testing

@testable import Training

@Suite("Model files that cannot be used")
struct ModelFileTests: RunSuite {
    let runs: TemporaryRuns

    init() throws { runs = try TemporaryRuns() }

    @Test("a broken model file is named and refused", arguments: [0, 7, 100, 20_000])
    func truncated(length: Int) throws {
        try train("run")
        let path = temporary("run/model.safetensors")
        try bytes("run/model.safetensors").prefix(length).write(to: URL(fileURLWithPath: path))
        do {
            _ = try Model(contentsOf: path)
            Issue.record("a truncated model was read")
        } catch let failure as any Failure {
            #expect(failure.description.contains(path))
        }
    }

    @Test(
        "files that are huge in name alone are refused before memory is asked for",
        arguments: ["model.safetensors", "checkpoint.safetensors", "result.json"])
    func sparse(name: String) throws {
        try train("run")
        try FileManager.default.removeItem(atPath: temporary("run/\(name)"))
        try Data().write(to: URL(fileURLWithPath: temporary("run/\(name)")))
        let file = try FileHandle(forWritingTo: URL(fileURLWithPath: temporary("run/\(name)")))
        try file.truncate(atOffset: 1 << 42)
        let error = #expect(throws: (any Error).self) {
            if name == "model.safetensors" {
                _ = try Model(contentsOf: temporary("run"))
            } else {
                _ = try RunRecord(contentsOf: temporary("run"))
            }
        }
        #expect((error as? any Failure)?.description.contains("are more than the limit of") == true)
    }

    @Test("one flipped bit of a model or a checkpoint is noticed", arguments: ["model", "checkpoint"])
    func flippedBit(name: String) throws {
        try train("run")
        let path = temporary("run/\(name).safetensors")
        var content = try bytes("run/\(name).safetensors")
        content[content.count - 1000] ^= 4
        try content.write(to: URL(fileURLWithPath: path))
        #expect(throws: TrainingError.damaged(file: path)) {
            if name == "model" {
                _ = try Model(contentsOf: temporary("run"))
            } else {
                _ = try Trainer(
                    resuming: try RunFolder(resuming: temporary("run")), on: dataset, jobs: 1)
            }
        }
    }

    @Test(
        "a model whose description cannot be is refused", arguments: ["classes", "image", "large", "digest"])
    func impossibleDescription(kind: String) throws {
        try train("run")
        let path = temporary("run/model.safetensors")
        let content = try WeightsFile(reading: path)
        guard case .object(var fields) = content.metadata else { preconditionFailure("no object") }
        func size(_ side: Int) -> JSONValue {
            .object(["width": .integer(side), "height": .integer(side)])
        }
        switch kind {
        case "classes": fields["classes"] = .array(Array(repeating: .string("a"), count: 10))
        case "image": fields["image"] = size(-28)
        case "large": fields["image"] = size(1 << 40)
        default: fields["digest"] = .string("none")
        }
        try FileSystem.write(
            WeightsFile(metadata: .object(fields), tensors: content.tensors).encoded(for: path), to: path)
        let error = #expect(throws: TrainingError.self) { try Model(contentsOf: path) }
        guard case .malformedModel(path, _)? = error else {
            Issue.record("\(String(describing: error))")
            return
        }
    }

    @Test("a model whose activations no machine can hold is refused before memory is asked for")
    func enormous() throws {
        let recipe = try Recipe(
            yaml: """
                name: wide
                input: {size: 256x256}
                layers: [{convolution: {filters: 4096, kernel: 1}}, {max_pool: 16}, {max_pool: 16}, flatten, {linear: classes}]
                batch: 1024
                micro_batch: 1024
                epochs: 1
                """, file: "wide.yaml")
        let architecture = try Architecture(recipe, classes: 10)
        #expect(architecture.parameterCount < 100_000)
        let error = #expect(throws: TrainingError.self) {
            try architecture.requireMemory(evaluating: recipe, workers: 1)
        }
        #expect(error?.description.contains("wide: evaluating takes about") == true)
    }

    @Test("a dataset of another size than the model's is refused")
    func otherSize() throws {
        try train("run")
        let model = try Model(contentsOf: temporary("run"))
        let size = ImageSize(width: 20, height: 20)
        let other = try prepare("small") { try $0.override(size: size, filter: nil, fit: nil) }
        #expect(
            throws: TrainingError.otherShape(
                folder: temporary("small"), found: ImageShape(size: size, channels: 1),
                model: ImageShape(size: ImageSize(width: 28, height: 28), channels: 1))
        ) { try Evaluator(model, jobs: 1).evaluate(model, on: other, split: .test) }
    }
}
