// Whole runs on the fixtures: reproducible to the bit, resumable, and honest about what is wrong.

import Dataset
import Foundation
import Parallel
import Pipeline
import Shards
import TestSupport
import Testing

@testable import Training

@Suite("Training runs")
struct RunTests {
    private let temporary: TemporaryFolder
    private let dataset: PreparedDataset

    /// Every kind of layer, weights of several tiles, averaging, augmentation, a schedule; batches that do not divide
    /// the data.
    private static let everything = """
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
        temporary = try TemporaryFolder()
        var configuration = try BuiltinPipeline.mnist.configuration()
        configuration.officialTest = true
        _ = try Preparation(
            configuration: configuration, input: Fixtures.path("mnist"), output: temporary("mnist"),
            workers: 2, memory: 1 << 30, overwrite: false
        ).run()
        dataset = try PreparedDataset(temporary("mnist"))
    }

    private func recipe() throws -> Recipe { try Recipe(yaml: Self.everything, file: "everything.yaml") }

    @discardableResult
    private func train(
        _ name: String, jobs: Int = 2, seed: UInt64 = 0, recipe: Recipe? = nil,
        isCancelled: @escaping () -> Bool = { false }
    ) throws -> TrainingResult {
        let folder = try RunFolder(creating: temporary(name))
        return try Trainer(try recipe ?? self.recipe(), on: dataset, seed: seed, jobs: jobs, folder: folder)
            .run(isCancelled: isCancelled)
    }

    private func bytes(_ name: String) throws -> Data {
        try Data(contentsOf: URL(fileURLWithPath: temporary(name)))
    }

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
        let limit = epochs * ((dataset.manifest.splits[.train]?.samples ?? 0) + 49) / 50 + 3
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
        #expect(evaluation.confusion.map { $0.reduce(0, +) }.reduce(0, +) == evaluation.samples)
        #expect(model.description.epoch == result.best.epoch)
        #expect(model.description.digest == dataset.manifest.digest)
        // One line per epoch below the header.
        let lines = String(decoding: try bytes("run/metrics.csv"), as: UTF8.self).split(separator: "\n")
        #expect(lines.count == 13)
    }

    @Test("judgements come in stored order, with probabilities that make one")
    func judgements() throws {
        try train("run")
        let model = try Model(contentsOf: temporary("run/last.safetensors"))
        var judgements: [Judgement] = []
        let evaluation = try Evaluator(model, jobs: 2).evaluate(model, on: dataset, split: .validation) {
            judgements.append($0)
        }
        #expect(judgements.map(\.row) == Array(0..<evaluation.samples))
        #expect(judgements.allSatisfy { abs($0.probabilities.reduce(0, +) - 1) < 1e-5 })
        #expect(judgements.filter { $0.label == $0.prediction }.count == evaluation.correct)
    }

    @Test("one image by itself gets the probabilities that it got in its split")
    func single() throws {
        try train("run")
        let model = try Model(contentsOf: temporary("run"))
        let evaluator = Evaluator(model, jobs: 2)
        var judgements: [Judgement] = []
        _ = try evaluator.evaluate(model, on: dataset, split: .test) { judgements.append($0) }
        let shard = try #require(dataset.manifest.splits[.test]?.shards.first)
        let samples = try ShardReader(shard, folder: dataset.folder).samples()
        for row in [0, 7, 31] {
            let alone = try evaluator.probabilities(model, pixels: Array(samples.image(row)))
            #expect(alone == judgements[row].probabilities)
        }
    }

    @Test("patience ends a run that no longer improves")
    func patience() throws {
        var recipe = try recipe()
        (recipe.rate, recipe.schedule, recipe.averaging) = (1e-9, .constant, 0)
        (recipe.epochs, recipe.patience) = (50, 2)
        let result = try train("run", recipe: recipe)
        #expect(result.stoppedEarly)
        #expect(result.epochs.count - result.best.epoch == 2)
    }

    @Test("a loss that is no number stops the run and keeps what there was")
    func divergence() throws {
        var recipe = try recipe()
        (recipe.optimizer, recipe.rate, recipe.schedule) = (
            .sgd(momentum: 0.9, nesterov: false), 1e30, .constant
        )
        let error = #expect(throws: TrainingError.self) { try train("run", recipe: recipe) }
        guard case .diverged(epoch: 1, _, rate: 1e30)? = error else {
            Issue.record("\(String(describing: error))")
            return
        }
        #expect(!FileManager.default.fileExists(atPath: temporary("run/model.safetensors")))
        // Nothing was lost, so the folder is free again.
        try train("run")
    }

    @Test("a run that diverges later keeps model and checkpoint of the epoch before")
    func lateDivergence() throws {
        var recipe = try recipe()
        // In the second epoch, at a rate of 1e26.
        (recipe.optimizer, recipe.rate) = (.sgd(momentum: 0, nesterov: false), 1e-9)
        recipe.schedule = .step(epochs: 1, factor: 1e35)
        let folder = try RunFolder(creating: temporary("run"))
        let trainer = try Trainer(recipe, on: dataset, seed: 0, jobs: 2, folder: folder)
        var saved: [Data] = []
        let names = ["run/model.safetensors", "run/checkpoint.safetensors", "run/metrics.csv"]
        let error = #expect(throws: TrainingError.self) {
            try trainer.run(isCancelled: { false }) { event in
                guard case .epoch = event else { return }
                saved = names.compactMap { try? bytes($0) }
            }
        }
        guard case .diverged(epoch: 2, _, _)? = error else {
            Issue.record("\(String(describing: error))")
            return
        }
        #expect(saved.count == 3)
        #expect(try names.map(bytes) == saved)
    }

    @Test("a last step that breaks the weights is noticed before they are saved")
    func divergedAtTheEnd() throws {
        var recipe = try recipe()
        (recipe.optimizer, recipe.rate) = (.sgd(momentum: 0, nesterov: false), 1e30)
        (recipe.schedule, recipe.averaging) = (.constant, 0)
        // One step an epoch.
        (recipe.batch, recipe.microBatch) = (65536, 100)
        let error = #expect(throws: TrainingError.self) { try train("run", recipe: recipe) }
        #expect(error == .diverged(epoch: 1, step: 1, rate: 1e30))
        #expect(!FileManager.default.fileExists(atPath: temporary("run/model.safetensors")))
    }

    @Test("images larger than a recipe's input are refused, smaller ones are padded")
    func inputSize() throws {
        var recipe = try recipe()
        recipe.input = ImageSize(width: 20, height: 20)
        #expect(
            throws: TrainingError.imageTooLarge(
                found: ImageSize(width: 28, height: 28), input: recipe.input, recipe: "everything")
        ) { try train("small", recipe: recipe) }
        recipe.input = ImageSize(width: 32, height: 32)
        recipe.epochs = 1
        try train("padded", recipe: recipe)
    }

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

    @Test("a run keeps its recipe: one that was changed is not resumed")
    func changedRecipe() throws {
        try train("run")
        let text = String(decoding: try bytes("run/recipe.yaml"), as: UTF8.self)
        try temporary.write("run/recipe.yaml", Array(text.replacing("epochs: 4", with: "epochs: 9").utf8))
        let folder = try RunFolder(resuming: temporary("run"))
        let error = #expect(throws: TrainingError.self) {
            try Trainer(resuming: folder, on: dataset, jobs: 1)
        }
        #expect(error?.description.contains("its recipe.yaml was changed") == true)
    }

    @Test("labels are audited only where the model's own split tells what it has not learnt")
    func auditOfOther() throws {
        try train("run")
        let model = try Model(contentsOf: temporary("run"))
        #expect(try !LabelAudit(model, dataset, jobs: 1).judgements.isEmpty)
        var configuration = try BuiltinPipeline.mnist.configuration()
        configuration.seed = 9
        _ = try Preparation(
            configuration: configuration, input: Fixtures.path("mnist"), output: temporary("other"),
            workers: 2, memory: 1 << 30, overwrite: false
        ).run()
        let other = try PreparedDataset(temporary("other"))
        #expect(throws: TrainingError.auditOfOther(folder: temporary("other"), dataset: "mnist")) {
            try LabelAudit(model, other, jobs: 1)
        }
        #expect(throws: TrainingError.cancelled) {
            try LabelAudit(model, dataset, jobs: 1, isCancelled: { true })
        }
    }

    @Test("a run that exists is not overwritten, and only its own dataset resumes it")
    func claims() throws {
        try train("run")
        #expect(throws: TrainingError.runExists(folder: temporary("run"), isRun: true)) { try train("run") }
        #expect(throws: TrainingError.self) { try RunFolder(resuming: temporary("none")) }
        var configuration = try BuiltinPipeline.mnist.configuration()
        configuration.seed = 5
        _ = try Preparation(
            configuration: configuration, input: Fixtures.path("mnist"), output: temporary("other"),
            workers: 2, memory: 1 << 30, overwrite: false
        ).run()
        let other = try PreparedDataset(temporary("other"))
        let folder = try RunFolder(resuming: temporary("run"))
        let error = #expect(throws: TrainingError.self) { try Trainer(resuming: folder, on: other, jobs: 1) }
        guard case .otherDataset? = error else {
            Issue.record("\(String(describing: error))")
            return
        }
    }

    @Test("a dataset with other classes, or an empty split, is refused")
    func otherClasses() throws {
        try train("run")
        let model = try Model(contentsOf: temporary("run"))
        var configuration = try BuiltinPipeline.images.configuration()
        configuration.override(polarity: .keep)
        try configuration.override(size: ImageSize(width: 28, height: 28), filter: nil, fit: nil)
        configuration.ratios = try #require(SplitRatios([1, 0, 0]))
        for (name, image) in [("a", "png-gray-8"), ("b", "jpeg-gray")] {
            let file = image.hasPrefix("png") ? "\(image).png" : "\(image).jpg"
            try temporary.write("in/\(name)/\(file)", try Fixtures.bytes("images/\(file)"))
        }
        _ = try Preparation(
            configuration: configuration, input: temporary("in"), output: temporary("ab"), workers: 1,
            memory: 1 << 30, overwrite: false
        ).run()
        let other = try PreparedDataset(temporary("ab"))
        let evaluator = Evaluator(model, jobs: 1)
        #expect(
            throws: TrainingError.otherClasses(
                folder: temporary("ab"), found: ["a", "b"], model: model.description.classes)
        ) { try evaluator.evaluate(model, on: other, split: .train) }
        let folder = try RunFolder(creating: temporary("abrun"))
        var recipe = try recipe()
        recipe.epochs = 1
        let trained = try Trainer(recipe, on: other, seed: 0, jobs: 1, folder: folder).run()
        #expect(trained.test == nil && trained.best.validation == nil)
        recipe.patience = 1
        #expect(throws: TrainingError.emptySplit(folder: temporary("ab"), split: .validation)) {
            try Trainer(
                recipe, on: other, seed: 0, jobs: 1, folder: try RunFolder(creating: temporary("none")))
        }
        let abModel = try Model(contentsOf: temporary("abrun"))
        #expect(throws: TrainingError.emptySplit(folder: temporary("ab"), split: .test)) {
            try Evaluator(abModel, jobs: 1).evaluate(abModel, on: other, split: .test)
        }
    }
}
