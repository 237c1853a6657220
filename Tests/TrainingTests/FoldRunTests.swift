// Runs that hold out a fold.

import Dataset
import Foundation
import Loader
import Pipeline
import Shards
import TestSupport
import Testing

@testable import Training

@Suite("Runs on folds")
struct FoldRunTests: RunSuite {
    let runs: TemporaryRuns

    init() throws { runs = try TemporaryRuns() }

    private func train(
        _ name: String, on dataset: PreparedDataset, _ fold: HeldOutFold
    ) throws -> (Trainer, TrainingResult) {
        var recipe = try recipe()
        recipe.epochs = 2
        let trainer = try Trainer(
            recipe, on: dataset, seed: 3, holdingOut: fold, jobs: 2,
            folder: try RunFolder(creating: temporary(name)))
        return (trainer, try trainer.run())
    }

    @Test("a model knows nothing of the labels of the fold that it does not learn from")
    func ignorance() throws {
        // The same images; those of every fifth key have other labels. All are of train, so that labels do not decide the
        // order of the rows.
        let ratios = try #require(SplitRatios([1, 0, 0]))
        let dataset = try prepare("whole") { $0.ratios = ratios }
        let folds = (0..<1400).map { UInt8($0 % 5) }
        let rows = try dataset.provenance()
        try FileManager.default.copyItem(atPath: Fixtures.path("mnist"), toPath: temporary("changed"))
        for (part, first, count) in [("t10k", 0, 200), ("train", 200, 1200)] {
            let name = try #require(
                try FileManager.default.contentsOfDirectory(atPath: temporary("changed")).first {
                    $0.hasPrefix("\(part)-labels")
                })
            let raw = try Tool.run("gzip", ["-dc", temporary("changed/\(name)")])
            #expect(raw.status == 0)
            let labels = (0..<count).map { index -> UInt8 in
                let label = UInt8(rows[first + index].label) ?? 0
                return folds[first + index] == 2 ? (label + 1) % 10 : label
            }
            try FileManager.default.removeItem(atPath: temporary("changed/\(name)"))
            let head: [UInt8] = [0, 0, 8, 1, 0, 0, UInt8(count >> 8), UInt8(count & 255)]
            try temporary.write("changed/\(part)-labels-idx1-ubyte", head + labels)
        }
        var configuration = try PipelineConfiguration.named("mnist")
        configuration.ratios = ratios
        _ = try Preparation(
            configuration: configuration, input: temporary("changed"), output: temporary("other"), workers: 2
        ).run()
        let other = try PreparedDataset(temporary("other"))
        #expect(try other.provenance().map(\.key) == rows.map(\.key))
        #expect(try other.provenance().count { $0.label != rows[0].label } > 0)
        _ = try train("a", on: dataset, HeldOutFold(2, folds: folds, of: dataset))
        _ = try train("b", on: other, HeldOutFold(2, folds: folds, of: other))
        let models = try ["a", "b"].map { try Model(contentsOf: temporary("\($0)/last.safetensors")) }
        // Compared outside, because listing the differences of so many weights would take minutes.
        let areEqual = models[0].weights.buffer.values.elementsEqual(models[1].weights.buffer.values)
        #expect(areEqual)
        // And it does learn the others.
        _ = try train("c", on: other, HeldOutFold(1, folds: folds, of: other))
        let third = try Model(contentsOf: temporary("c/last.safetensors"))
        let areOther = !third.weights.buffer.values.elementsEqual(models[0].weights.buffer.values)
        #expect(areOther)
    }

    @Test("a run on a fold is validated on it, resumes with it, and evaluates it as validation")
    func folds() throws {
        let folded = try prepare("folded") {
            $0.officialTest = true
            $0.folds = 4
        }
        let fold = try HeldOutFold(1, of: folded)
        let (_, result) = try train("run", on: folded, fold)
        let model = try Model(contentsOf: result.model)
        #expect(model.description.fold == 1)
        let evaluation = try Evaluator(model, jobs: 1).evaluate(model, on: folded, split: .validation)
        #expect(evaluation.confusion.rows.joined().reduce(0, +) == folded.manifest.folds[1].samples)
        #expect(evaluation.accuracy == result.best.validation?.accuracy)
        // Stopped after the first epoch, it goes on with the same fold.
        var epochs = 0
        var recipe = try recipe()
        recipe.epochs = 2
        #expect(throws: TrainingError.self) {
            let cut = try Trainer(
                recipe, on: folded, seed: 3, holdingOut: fold, jobs: 1,
                folder: try RunFolder(creating: temporary("cut")))
            _ = try cut.run(isCancelled: { epochs > 0 }) { if case .epoch = $0 { epochs += 1 } }
        }
        let resumed = try Trainer(resuming: try RunFolder(resuming: temporary("cut")), on: folded, jobs: 2)
        #expect(resumed.fold?.number == 1)
        _ = try resumed.run()
        #expect(try bytes("cut/last.safetensors") == bytes("run/last.safetensors"))
    }

    @Test("an audit by folds judges every sample once, and finds labels that were changed")
    func audit() throws {
        let rows = try dataset.provenance()
        let folds = try FoldAssignment(of: rows, classes: dataset.manifest.classes, count: 3).folds
        var recipe = try recipe()
        recipe.epochs = 6
        var reported: [Int] = []
        let audit = try LabelAudit(
            recipe, on: dataset, folds: folds, count: 3, seed: 0, by: .normalizedMargin, jobs: 2,
            report: { fold, _ in reported.append(fold) })
        #expect(reported == [0, 1, 2])
        #expect(audit.predictions.map(\.id).sorted() == rows.indices.map { UInt32($0) })
        let margins = audit.predictions.map { $0.value(of: .normalizedMargin) }
        #expect(margins == margins.sorted())
        #expect(audit.contradicted == margins.count { $0 < 0.5 })
        // By a naive formula.
        for prediction in audit.predictions.prefix(50) {
            var others = prediction.probabilities
            let own = others.remove(at: prediction.label)
            let margin: Float = own - (others.max() ?? 0)
            let found = prediction.value(of: .normalizedMargin)
            #expect(abs(found - (margin + 1) / 2) < 1e-6)
        }
    }
}
