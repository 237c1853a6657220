// Training a few steps as PyTorch does. Oracle: fixtures/training-golden.safetensors
// (Tests/Oracles/make_training_goldens.py).

import Configuration
import Dataset
import Loader
import TestSupport
import Testing

@testable import Training

@Suite("Steps beside PyTorch's")
struct TrajectoryTests {
    /// A recipe without what no two libraries do alike.
    private static func comparable(_ name: String) throws -> Recipe {
        var recipe = try Recipe.named(name)
        // The order of dropped units is each library's own; the rest of that recipe must agree.
        recipe.layers = recipe.layers.map { $0.isDropout ? .dropout(0) : $0 }
        // Gradients that are little more than rounding, as of biases before a normalization, Adam would blow up to whole
        // steps.
        if name == "best" { recipe.optimizer = .adamW(beta1: 0.9, beta2: 0.999, epsilon: 1e-3) }
        if name.hasPrefix("digitsnet") || name == "fast" {
            recipe.optimizer = .adam(beta1: 0.9, beta2: 0.999, epsilon: 1e-3)
        }
        // PyTorch normalizes over whole batches.
        if name == "best" { recipe.microBatch = recipe.batch }
        if name == "cifar" {
            (recipe.batch, recipe.microBatch, recipe.rate) = (32, 32, 1e-4)
            // Filters from data have tests of their own.
            recipe.whitening = false
        }
        return recipe
    }

    /// Without “standard”, whose network is that of “cnn” with fewer filters, and whose optimizer that of “best”.
    @Test(
        "ten steps from the same weights follow PyTorch's",
        arguments: Recipe.builtinNames.filter { $0 != Recipe.standardName })
    func trajectory(name: String) throws {
        let recipe = try Self.comparable(name)
        let goldens = try WeightsFile(reading: Fixtures.path("training-golden.safetensors"))
        let laboratory = try Laboratory(recipe, classes: 10, jobs: 2)
        laboratory.fill(vectorFan: 10_000, aroundOne: false)
        laboratory.centreScales()
        let learnt = laboratory.architecture.parameters.filter(\.isLearnt)
        let before = learnt.map { $0.exported(from: laboratory.state.weights.buffer) }
        let losses = (0..<10).map { step in
            let score = laboratory.step(
                Samples(
                    recipe.batch, recipe.input, classes: 10, pixelSalt: 900 + step,
                    labelSalt: step))
            return Float(score.loss / Double(score.count))
        }
        let oracle = try #require(goldens["trajectory/\(recipe.name)/losses"]?.values)
        #expect(difference(losses, oracle) < 1e-3, "\(losses) \(oracle)")
        let distances = try #require(goldens["trajectory/\(recipe.name)/distances"]?.values)
        var rest = try #require(goldens["trajectory/\(recipe.name)/changes"]?.values)[...]
        for (parameter, (old, distance)) in zip(learnt, zip(before, distances)) {
            let new = parameter.exported(from: laboratory.state.weights.buffer)
            let change = zip(new, old).map { $0 - $1 }
            #expect(abs(norm(change) - distance) < 0.02 * distance + 1e-5, "\(parameter.name)")
            let stride = max(1, change.count / 64)
            let picked = Swift.stride(from: 0, to: change.count, by: stride).prefix(64).map { change[$0] }
            let expected = rest.prefix(picked.count)
            rest = rest.dropFirst(picked.count)
            // Adam moves every weight by the rate, whatever its gradient's size: where that is little more than
            // rounding, so is the direction. Normalization leaves more such gradients. And where two pixels of a pool
            // are nearly equal, rounding decides which of them learns: PyTorch's layouts of digitsnet-logits end up to
            // 12 % apart.
            let tolerance: Float = ["best", "digitsnet-logits"].contains(name) ? 0.15 : 0.06
            let deviation = norm(zip(picked, expected).map { $0 - $1 })
            #expect(deviation < tolerance * norm(expected) + 5e-5, "\(parameter.name)")
        }
        #expect(rest.isEmpty)
    }

    private func norm(_ values: some Sequence<Float>) -> Float {
        Float(values.reduce(0) { $0 + Double($1 * $1) }.squareRoot())
    }

    @Test("averaged weights and running moments say what PyTorch's AveragedModel says after three steps")
    func averaged() throws {
        let recipe = try Self.comparable("best")
        let laboratory = try Laboratory(recipe, classes: 10, jobs: 2)
        laboratory.fill(vectorFan: 10_000, aroundOne: false)
        laboratory.centreScales()
        for step in 0..<3 {
            laboratory.step(
                Samples(recipe.batch, recipe.input, classes: 10, pixelSalt: 900 + step, labelSalt: step))
        }
        let goldens = try WeightsFile(reading: Fixtures.path("training-golden.safetensors"))
        let logits = try #require(goldens["trajectory/best/logits"]?.values)
        let samples = Samples(16, recipe.input, classes: 10, pixelSalt: 950, labelSalt: 0)
        #expect(difference(laboratory.logits(samples), logits) < 1e-3)
    }
}
