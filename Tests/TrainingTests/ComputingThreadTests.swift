// Small numbers: zero while networks compute, and the caller's own business before and after.

import CTensor
import Dataset
import Testing

@testable import Training

@Suite("The mode of threads that compute")
struct ComputingThreadTests: RunSuite {
    let runs: TemporaryRuns

    init() throws { runs = try TemporaryRuns() }

    /// Half of the smallest normal number, computed here and now: the numbers are parsed, so that no compiler knows
    /// the product.
    @inline(never)
    private static func halfOfSmallest() -> Float {
        (Float("1.17549435e-38") ?? .nan) * (Float("0.5") ?? .nan)
    }

    #if arch(x86_64) || arch(arm64)
        @Test("small numbers are zero inside, also in nested tasks, and are back afterwards")
        func scope() {
            #expect(Self.halfOfSmallest() > 0)
            withoutDenormals {
                #expect(Self.halfOfSmallest() == 0)
                withoutDenormals { #expect(Self.halfOfSmallest() == 0) }
                #expect(Self.halfOfSmallest() == 0)
            }
            #expect(Self.halfOfSmallest() > 0)
        }

        @Test("an error leaves no thread in another mode")
        func error() {
            struct Problem: Error {}
            #expect(throws: Problem.self) { try withoutDenormals { () throws(Problem) in throw Problem() } }
            #expect(Self.halfOfSmallest() > 0)
        }

        @Test("a caller who wants small numbers to be zero keeps that mode")
        func callersMode() {
            let mode = tensor_flush_denormals()
            defer { tensor_restore_denormals(mode) }
            withoutDenormals {}
            #expect(Self.halfOfSmallest() == 0)
        }

        @Test("moments too small to matter become zero in a step, whoever computes it")
        func insideTasks() throws {
            var recipe = Laboratory.small([.flatten, .linear(units: nil)])
            (recipe.optimizer, recipe.rate) = (.sgd(momentum: 0.5, nesterov: false), 0)
            let laboratory = try Laboratory(recipe, classes: 3)
            laboratory.fill(vectorFan: 120, aroundOne: false)
            let moments = try #require(laboratory.state.moments.first)
            let smallest = try #require(Float("1.17549435e-38"))
            for index in 0..<moments.count { moments.base[index] = smallest }
            // Black images: no weight has a gradient.
            var samples = Samples(6, recipe.input, classes: 3, pixelSalt: 1, labelSalt: 0)
            samples.pixels = samples.pixels.map { _ in 0 }
            laboratory.step(samples)
            let weights = try #require(laboratory.architecture.parameters.first)
            #expect(weights.exported(from: moments).allSatisfy { $0 == 0 })
        }
    #endif

    @Test("training, evaluating and predicting leave the caller's thread as it was", arguments: [1, 2])
    func caller(jobs: Int) throws {
        let laboratory = try Laboratory(
            Laboratory.small([.flatten, .linear(units: nil)]), classes: 3, jobs: jobs)
        laboratory.fill(vectorFan: 120, aroundOne: false)
        let samples = Samples(6, laboratory.recipe.input, classes: 3, pixelSalt: 1, labelSalt: 0)
        laboratory.step(samples)
        #expect(Self.halfOfSmallest() > 0)
        _ = laboratory.logits(samples)
        #expect(Self.halfOfSmallest() > 0)

        var recipe = try recipe()
        recipe.epochs = 1
        let folder = try RunFolder(creating: temporary("run"))
        let trainer = try Trainer(recipe, on: dataset, seed: 0, jobs: jobs, folder: folder)
        var reported: [Float] = []
        _ = try trainer.run(report: { _ in reported.append(Self.halfOfSmallest()) })
        #expect(!reported.isEmpty && reported.allSatisfy { $0 > 0 })
        #expect(Self.halfOfSmallest() > 0)

        let model = try Model(contentsOf: temporary("run"))
        let evaluator = try Evaluator(model, jobs: jobs)
        var found: [Float] = []
        _ = try evaluator.evaluate(
            model, on: dataset, split: .test,
            report: { _ in found.append(Self.halfOfSmallest()) })
        #expect(!found.isEmpty && found.allSatisfy { $0 > 0 })
        let pixels = [UInt8](repeating: 0, count: dataset.manifest.image.size.area)
        _ = try evaluator.probabilities(model, pixels: pixels)
        #expect(Self.halfOfSmallest() > 0)
    }
}
