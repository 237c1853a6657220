// Interrupted runs of random recipes: they go on to the bits of an undisturbed run.

import Dataset
import Foundation
import Parallel
import TestSupport
import Testing

@testable import Training

@Suite("Runs that go on")
struct ResumeTests: RunSuite {
    let runs: TemporaryRuns

    init() throws { runs = try TemporaryRuns() }

    /// A recipe of any parts that fit one another.
    private func recipe(_ random: inout SeededRandom) throws -> Recipe {
        func pick(_ choices: String...) -> String { choices[Int(random.below(UInt64(choices.count)))] }
        let batch = 20 + Int(random.below(100))
        let text = """
            name: random
            layers:
              - convolution: {filters: 8, kernel: \(pick("3", "5"))}
              - \(pick("relu", "batch_normalization"))
              - \(pick("max_pool: 2", "dropout: 0.2", "relu"))
              - flatten
              - \(pick("dropout: 0.5", "relu", "linear: 20"))
              - linear: classes
            optimizer: \(pick(
                "{name: adamw, rate: 0.003, weight_decay: 0.01}", "{name: adam, rate: 0.002}",
                "{name: sgd, rate: 0.003, momentum: 0.9, nesterov: true}", "{name: sgd, rate: 0.02}"))
            schedule: \(pick("one_cycle", "constant", "cosine"))
            averaging: \(pick("0", "0.9"))
            label_smoothing: \(pick("0", "0.1"))
            \(pick("", "augment: {rotate: 10, shift: 1}"))
            \(pick("", "patience: 2"))
            batch: \(batch)
            micro_batch: \(1 + random.below(UInt64(batch)))
            epochs: \(2 + random.below(3))
            """
        return try Recipe(yaml: text, file: "random.yaml")
    }

    @Test("a model of another run is not taken for that of the run that goes on")
    func foreignModel() throws {
        try train("run")
        try train("other", seed: 9)
        let file = "model.safetensors"
        try FileManager.default.removeItem(atPath: temporary("run/\(file)"))
        try FileManager.default.copyItem(atPath: temporary("other/\(file)"), toPath: temporary("run/\(file)"))
        try FileManager.default.removeItem(atPath: temporary("run/result.json"))
        let trainer = try Trainer(resuming: try RunFolder(resuming: temporary("run")), on: dataset, jobs: 1)
        let error = #expect(throws: TrainingError.self) { try trainer.run() }
        #expect(error?.description.contains("it is of another run than the checkpoint") == true)
    }

    @Test(
        "a run of any recipe, stopped at any steps, goes on to the same bits with any number of threads",
        .timeLimit(.minutes(5)), arguments: 1...PropertySeed.rounds(4))
    func randomRuns(number: Int) throws {
        let seed = PropertySeed.value &+ UInt64(number)
        var random = SeededRandom(seed: seed, purpose: .shuffle)
        let recipe = try recipe(&random)
        try train("whole", jobs: 1, seed: seed, recipe: recipe)
        func stop() -> () -> Bool {
            let left = Lock(Int(random.below(120)))
            return {
                left.withLock {
                    $0 -= 1
                    return $0 < 0
                }
            }
        }
        let start = Result { try train("cut", seed: seed, recipe: recipe, isCancelled: stop()) }
        var isDone = (try? start.get()) != nil
        // A run that was stopped before its first epoch ended has nothing to go on from; others repeat an epoch.
        for _ in 0..<100 where !isDone {
            let jobs = 1 + Int(random.below(3))
            let isResumable = FileManager.default.fileExists(atPath: temporary("cut/checkpoint.safetensors"))
            do {
                if isResumable {
                    let folder = try RunFolder(resuming: temporary("cut"))
                    _ = try Trainer(resuming: folder, on: dataset, jobs: jobs).run(isCancelled: stop())
                } else {
                    try FileManager.default.removeItem(atPath: temporary("cut"))
                    try train("cut", jobs: jobs, seed: seed, recipe: recipe, isCancelled: stop())
                }
                isDone = true
            } catch is TrainingError {}
        }
        #expect(isDone, "seed \(seed)")
        for file in ["model.safetensors", "last.safetensors", "recipe.yaml"] {
            #expect(try bytes("cut/\(file)") == bytes("whole/\(file)"), "\(file), seed \(seed)")
        }
    }
}
