// Whole runs on the fixtures: reproducible to the bit, resumable, and as good as they say.

import Dataset
import Foundation
import Parallel
import Pipeline
import Shards
import TestSupport
import Testing

@testable import Training

@Suite("Training runs")
struct RunTests: RunSuite {
    let runs: TemporaryRuns

    init() throws { runs = try TemporaryRuns() }

    @Test("the number of threads changes no bit of a model; the seed does")
    func threads() throws {
        for jobs in 1...3 { try train("j\(jobs)", jobs: jobs) }
        for file in ["model.safetensors", "last.safetensors"] {
            #expect(try bytes("j1/\(file)") == bytes("j2/\(file)"))
            #expect(try bytes("j1/\(file)") == bytes("j3/\(file)"))
        }
        try train("seed", seed: 1)
        #expect(try bytes("seed/last.safetensors") != bytes("j1/last.safetensors"))
    }

    @Test("a run that was interrupted in any epoch goes on to the same bits", arguments: 1...3)
    func resume(epochs: Int) throws {
        try train("whole")
        let steps = Lock(0)
        let limit = epochs * (dataset.manifest[.train].samples + 49) / 50 + 3
        #expect(
            throws: TrainingError.interrupted(
                run: temporary("cut"), dataset: dataset.folder, epochs: epochs)
        ) {
            try train("cut") {
                steps.withLock {
                    $0 += 1
                    return $0 > limit
                }
            }
        }
        let folder = try RunFolder(resuming: temporary("cut"))
        let result = try Trainer(resuming: folder, on: dataset, jobs: 1).run()
        #expect(result.epochs.count == 4)
        for file in ["model.safetensors", "last.safetensors", "recipe.yaml"] {
            #expect(try bytes("cut/\(file)") == bytes("whole/\(file)"), "\(file)")
        }
    }

    @Test("a model learns the fixtures, and evaluates as the run said")
    func learns() throws {
        var recipe = try recipe()
        recipe.epochs = 12
        let result = try train("run", recipe: recipe)
        let test = try #require(result.test)
        #expect(test.accuracy > 0.85)
        let model = try Model(contentsOf: temporary("run"))
        let evaluation = try Evaluator(model, jobs: 1).evaluate(model, on: dataset, split: .test)
        #expect(evaluation == test)
        #expect(evaluation.confusion.rows.map { $0.reduce(0, +) }.reduce(0, +) == evaluation.samples)
        #expect(model.description.epoch == result.best.epoch)
        #expect(model.description.digest == dataset.manifest.digest)
        // One line per epoch below the header.
        let lines = String(decoding: try bytes("run/metrics.csv"), as: UTF8.self).split(separator: "\n")
        #expect(lines.count == 13)
    }

    @Test("predictions come in stored order, with probabilities that make one")
    func predictions() throws {
        try train("run")
        let model = try Model(contentsOf: temporary("run/last.safetensors"))
        var predictions: [Prediction] = []
        let evaluation = try Evaluator(model, jobs: 2).evaluate(model, on: dataset, split: .validation) {
            predictions.append($0)
        }
        #expect(predictions.map(\.row) == Array(0..<evaluation.samples))
        #expect(predictions.allSatisfy { abs($0.probabilities.reduce(0, +) - 1) < 1e-5 })
        #expect(predictions.filter { $0.label == $0.predicted }.count == evaluation.correct)
    }

    @Test("one image by itself gets the probabilities that it got in its split")
    func single() throws {
        try train("run")
        let model = try Model(contentsOf: temporary("run"))
        let evaluator = try Evaluator(model, jobs: 2)
        var predictions: [Prediction] = []
        _ = try evaluator.evaluate(model, on: dataset, split: .test) { predictions.append($0) }
        let samples = try ShardReader(dataset, .test, 0).samples()
        for row in [0, 7, 31] {
            let alone = try evaluator.probabilities(model, pixels: Array(samples.image(row)))
            #expect(alone == predictions[row].probabilities)
        }
    }

    @Test("a network that has seen other samples predicts the next as before")
    func reuse() throws {
        try train("run")
        let model = try Model(contentsOf: temporary("run"))
        let evaluator = try Evaluator(model, jobs: 2)
        func predict(_ split: Split, _ evaluator: Evaluator) throws -> [Prediction] {
            var predictions: [Prediction] = []
            _ = try evaluator.evaluate(model, on: dataset, split: split) { predictions.append($0) }
            return predictions
        }
        let first = try predict(.test, evaluator)
        _ = try predict(.train, evaluator)
        _ = try evaluator.probabilities(model, pixels: Array(repeating: 255, count: 784))
        #expect(try predict(.test, evaluator) == first)
        #expect(try predict(.test, try Evaluator(model, jobs: 1)) == first)
    }

    @Test("patience ends a run that no longer improves")
    func patience() throws {
        var recipe = try recipe()
        (recipe.rate, recipe.schedule, recipe.averaging) = (1e-9, .constant, 0)
        (recipe.epochs, recipe.patience) = (50, 2)
        let result = try train("run", recipe: recipe)
        #expect(result.stoppedEarly)
        #expect(result.epochs.count - result.best.epoch == 2)
        recipe.epochs = result.epochs.count
        let whole = try train("whole", recipe: recipe)
        #expect(whole.epochs.count == recipe.epochs && !whole.stoppedEarly)
    }

    @Test("without a name, the recipe is adapted to the data")
    func standard() throws {
        let recipe = try Recipe.standard(for: dataset.manifest)
        let named = try Recipe.named("standard")
        #expect(recipe.layers == named.layers && recipe.input == named.input)
        #expect(
            recipe.pixels
                == .float(mean: Float(dataset.manifest.mean[0]), deviation: Float(dataset.manifest.std[0])))
        #expect(recipe.epochs == 100 && recipe.batch == 32)
        #expect(try Recipe(yaml: recipe.yaml, file: "again") == recipe)
        for (size, pools) in [(1, 1), (8, 1), (9, 1), (16, 1), (17, 1), (18, 2), (28, 2), (64, 3), (200, 5)] {
            let other = try prepare("size \(size)") {
                try $0.override(size: ImageSize(width: size, height: size + 3), filter: nil, fit: nil)
            }
            let recipe = try Recipe.standard(for: other.manifest)
            #expect(recipe.layers.count { $0 == .maxPool(2) } == pools, "\(size)")
            #expect(try Architecture(recipe, classes: 10).parameterCount < 3_000_000, "\(size)")
            try Trainer.requireTrainable(recipe, on: other, jobs: 1)
        }
    }
}
