// What can go wrong with a run: it is refused or stopped with a clear error, and loses nothing.

import Configuration
import Dataset
import Foundation
import Pipeline
import Shards
import Storage
import TestSupport
import Testing

@testable import Training

@Suite("Training runs that cannot be")
struct RunFailureTests: RunSuite {
    let runs: TemporaryRuns

    init() throws { runs = try TemporaryRuns() }

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

    @Test("a run folder is cleared of what a killed process left, and of nothing else")
    func remains() throws {
        try train("run")
        try temporary.write("run/.model.safetensors.0000000001a2b.prep.tmp", [1])
        for name in ["run/.my.data.tmp/deep", "run/x.tmp", "run/.notes.2024.tmp"] {
            try temporary.write(name, [2])
        }
        _ = try RunFolder(resuming: temporary("run"))
        #expect(
            !FileManager.default.fileExists(
                atPath: temporary("run/.model.safetensors.0000000001a2b.prep.tmp")))
        for name in ["run/.my.data.tmp/deep", "run/x.tmp", "run/.notes.2024.tmp"] {
            #expect(try bytes(name) == Data([2]))
        }
        // A folder that is no run is not touched.
        try temporary.write("other/recipe.yaml", [3])
        try temporary.write("other/.a.0000000000001.prep.tmp", [4])
        #expect(throws: TrainingError.self) { try RunFolder(resuming: temporary("other")) }
        #expect(try bytes("other/.a.0000000000001.prep.tmp") == Data([4]))
    }

    @Test("a model beside which nothing else of its run lies is a result, and is not replaced")
    func slimmed() throws {
        try train("run")
        for name in [".lock", "model.safetensors", "metrics.csv", "recipe.yaml"] {
            try temporary.write("shared/\(name)", [UInt8](try bytes("run/\(name)")))
        }
        let model = try bytes("shared/model.safetensors")
        #expect(throws: TrainingError.self) { try train("shared") }
        #expect(try bytes("shared/model.safetensors") == model)
        #expect(try !FileSystem.names(in: temporary("run")).contains(".beginning"))
    }

    @Test(
        "a checkpoint whose metrics no training has is refused before charts are made of them",
        arguments: ["loss": 1e300, "rate": -1, "seconds": 1e19, "samplesPerSecond": 1e30, "step": 3])
    func implausible(name: String, value: Double) throws {
        try train("run")
        let path = temporary("run/checkpoint.safetensors")
        let content = try WeightsFile(reading: path)
        guard case .object(var fields) = content.metadata, case .array(var epochs)? = fields["epochs"],
            case .object(var epoch)? = epochs.first
        else { preconditionFailure("no epochs") }
        if name == "loss" {
            epoch["train"] = .object(["loss": .number(value), "accuracy": .number(1)])
        } else if name == "step" {
            fields["step"] = .integer(Int(value))
        } else {
            epoch[Key(utf8: name)] = .number(value)
        }
        epochs[0] = .object(epoch)
        fields["epochs"] = .array(epochs)
        try FileSystem.write(
            WeightsFile(metadata: .object(fields), tensors: content.tensors).encoded(for: path), to: path)
        #expect(throws: TrainingError.self) {
            try Trainer(resuming: try RunFolder(resuming: temporary("run")), on: dataset, jobs: 1)
        }
    }

    /// Under the address sanitizer, a read beyond the few images would end the process.
    @Test("a split with fewer samples than a micro-batch is evaluated within its memory")
    func fewSamples() throws {
        let few = try prepare("few") { $0.ratios = try #require(SplitRatios(text: "98/1/1")) }
        #expect(few.manifest[.validation].samples < 20)
        let recipe = try Recipe(
            yaml: """
                name: pool-first
                layers: [{max_pool: 2}, flatten, {linear: classes}]
                batch: 500
                micro_batch: 500
                epochs: 1
                """, file: "pool-first.yaml")
        let folder = try RunFolder(creating: temporary("few-run"))
        _ = try Trainer(recipe, on: few, seed: 0, jobs: 1, folder: folder).run()
        let model = try Model(contentsOf: folder.path)
        let evaluation = try Evaluator(model, jobs: 1).evaluate(model, on: few, split: .validation)
        #expect(evaluation.confusion.rows.joined().reduce(0, +) == few.manifest[.validation].samples)
    }

    @Test("a recipe made in code with numbers that no file may have is refused, and leaves nothing")
    func unusableRecipe() throws {
        let changes: [(inout Recipe) -> Void] = [
            { $0.batch = 0 }, { $0.microBatch = 0 }, { $0.epochs = 0 }, { $0.pixels = .u8 },
            { $0.schedule = .step(epochs: 0, factor: 0.5) }, { $0.schedule = .step(epochs: 1, factor: 1e35) },
            { $0.name = "my net" }, { $0.labelSmoothing = 0.95 }, { $0.patience = 0 },
            { $0.input.size = ImageSize(width: 5000, height: 8) },
            { $0.layers.insert(.maxPool(0), at: 2) }, { $0.layers.insert(.dropout(-1), at: 2) },
            // Written with a line for each, they are more than a recipe may be.
            { $0.layers.insert(contentsOf: Array(repeating: .relu, count: 9000), at: 1) },
        ]
        for change in changes {
            var recipe = try recipe()
            change(&recipe)
            #expect(throws: ConfigurationError.self) { try train("run", recipe: recipe) }
            #expect(!FileManager.default.fileExists(atPath: temporary("run/model.safetensors")))
        }
    }

    @Test("a run that diverges later keeps model and checkpoint of the epoch before")
    func lateDivergence() throws {
        // Weights grow with each other, in one step an epoch.
        let recipe = try Recipe(
            yaml: """
                name: late
                layers: [flatten, {linear: 32}, {linear: 32}, {linear: classes}]
                optimizer: {name: sgd, rate: 100, momentum: 0.9}
                batch: 60000
                epochs: 40
                """, file: "late.yaml")
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
        guard case .diverged(epoch: 2..., _, _)? = error else {
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
        // Weights that are finite, but not their logits, which nothing sees before the test.
        recipe.rate = 1e20
        let untested = try prepare("untested") { $0.ratios = try #require(SplitRatios(text: "90/0/10")) }
        let folder = try RunFolder(creating: temporary("other"))
        let late = #expect(throws: TrainingError.self) {
            try Trainer(recipe, on: untested, seed: 0, jobs: 1, folder: folder).run()
        }
        guard case .diverged? = late else {
            Issue.record("\(String(describing: late))")
            return
        }
    }

    @Test("images larger than a recipe's input are refused, smaller ones are padded")
    func inputSize() throws {
        var recipe = try recipe()
        recipe.input.size = ImageSize(width: 20, height: 20)
        #expect(
            throws: TrainingError.imageTooLarge(
                found: ImageSize(width: 28, height: 28), input: recipe.input.size, recipe: "everything")
        ) { try train("small", recipe: recipe) }
        recipe.input.size = ImageSize(width: 32, height: 32)
        recipe.epochs = 1
        try train("padded", recipe: recipe)
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
        #expect(try !LabelAudit(model, dataset, jobs: 1).predictions.isEmpty)
        let other = try prepare("other") { $0.seed = 9 }
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
        let other = try prepare("other") { $0.seed = 5 }
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
        var configuration = try PipelineConfiguration.named("images")
        try configuration.override(polarity: .keep)
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
        let evaluator = try Evaluator(model, jobs: 1)
        #expect(
            throws: TrainingError.otherClasses(
                folder: temporary("ab"), found: ["a", "b"], model: model.description.classes.names)
        ) { try evaluator.evaluate(model, on: other, split: .train) }
        let folder = try RunFolder(creating: temporary("abrun"))
        var recipe = try recipe()
        recipe.epochs = 1
        let trained = try Trainer(recipe, on: other, seed: 0, jobs: 1, folder: folder).run()
        #expect(trained.test == nil && trained.best.validation == nil)
        recipe.patience = 1
        #expect(throws: TrainingError.noValidation(folder: temporary("ab"))) {
            try Trainer(
                recipe, on: other, seed: 0, jobs: 1, folder: try RunFolder(creating: temporary("none")))
        }
        let abModel = try Model(contentsOf: temporary("abrun"))
        #expect(throws: TrainingError.emptySplit(folder: temporary("ab"), split: .test)) {
            try Evaluator(abModel, jobs: 1).evaluate(abModel, on: other, split: .test)
        }
    }

    @Test("a run without test and validation says at its end how it did on train")
    func trainOnly() throws {
        let other = try prepare("all") { $0.ratios = try #require(SplitRatios([1, 0, 0])) }
        var recipe = try recipe()
        recipe.epochs = 1
        let folder = try RunFolder(creating: temporary("run"))
        let trained = try Trainer(recipe, on: other, seed: 0, jobs: 2, folder: folder).run()
        #expect(trained.test == nil)
        let result = try #require(try RunRecord(contentsOf: temporary("run")).result)
        #expect(result.split == .train && result.bestEpoch == 1)
        #expect(result.confusion.rows.flatMap { $0 }.reduce(0, +) == other.manifest[.train].samples)
    }
}
