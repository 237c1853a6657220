// A network, made-up data, and single steps, for tests that look inside.

import Dataset
import Loader
import Testing

@testable import Training

/// Uniform in -1 ..< 1: the hash of index and salt that make_training_goldens.py computes too.
func noise(_ count: Int, salt: Int) -> [Float] {
    (0..<count).map { index in
        var h = UInt32(truncatingIfNeeded: index + salt * 1_000_003)
        for _ in 0..<2 { h = (h ^ (h >> 16)) &* 0x45D9F3B }
        h ^= h >> 16
        return Float(Double(h) / 0x1p31 - 1)
    }
}

/// Pixels in 0...1, and labels.
struct Samples {
    var pixels: [Float]
    var labels: [UInt16]
    var ids: [UInt32]

    init(
        _ count: Int, _ shape: ImageShape, classes: Int, pixelSalt: Int, labelSalt: Int
    ) {
        pixels = noise(count * shape.byteCount, salt: pixelSalt).map { ($0 + 1) / 2 }
        labels = (0..<count).map { UInt16(($0 * 7 + labelSalt) % classes) }
        ids = (0..<count).map(UInt32.init)
    }
}

/// What a training consists of, without loader and files.
final class Laboratory {
    let architecture: Architecture
    let workers: NetworkTeam
    let state: TrainingState
    let gradients: GradientParts
    let plan: UpdatePlan
    let recipe: Recipe

    init(_ recipe: Recipe, classes: Int, jobs: Int = 1, cache: Int = Stage.cache) throws {
        self.recipe = recipe
        architecture = try Architecture(recipe, classes: classes)
        workers = NetworkTeam(architecture, recipe: recipe, batch: recipe.batch, workers: jobs, cache: cache)
        state = TrainingState(architecture, recipe: recipe)
        gradients = GradientParts(workers.networks[0], parts: workers.parts(of: recipe.batch))
        plan = UpdatePlan(recipe, workers, gradients, state)
    }

    /// A small network on 10 x 12 pixels.
    static func small(
        _ layers: [LayerSpecification], batch: Int = 6, microBatch: Int = 6, smoothing: Double = 0
    ) -> Recipe {
        var recipe = Recipe(
            name: "small", summary: "", data: "",
            input: ImageShape(size: ImageSize(width: 10, height: 12), channels: 1),
            pixels: .unit, layers: layers)
        (recipe.batch, recipe.microBatch, recipe.labelSmoothing) = (batch, microBatch, smoothing)
        // A step of plain descent at rate 1: what a weight loses is its gradient.
        (recipe.optimizer, recipe.rate) = (.sgd(momentum: 0, nesterov: false), 1)
        return recipe
    }

    /// Weights from noise, in ±1/√fan_in; vectors in ±1/√`vectorFan`, every other one around 1 if asked for.
    func fill(vectorFan: Int, aroundOne: Bool) {
        let weights = architecture.parameters.filter { !$0.name.contains("running") }
        for (salt, parameter) in weights.enumerated() {
            let isMatrix = parameter.shape.count > 1
            let fan = isMatrix ? parameter.shape.dropFirst().reduce(1, *) : vectorFan
            let shift: Float = !isMatrix && salt % 2 == 0 && aroundOne ? 1 : 0
            let scale = Float(Double(fan).squareRoot())
            parameter.set(
                noise(parameter.count, salt: salt + 1).map { $0 / scale + shift }, in: state.weights.buffer)
        }
        for parameter in architecture.parameters where parameter.name.hasSuffix("running_var") {
            parameter.set(Array(repeating: 1, count: parameter.count), in: state.weights.buffer)
        }
        pack()
    }

    /// Scales of normalizations around one instead of zero.
    func centreScales() {
        for layer in architecture.layers where layer.specification == .batchNormalization {
            let scale = layer.parameters[0]
            scale.set(scale.exported(from: state.weights.buffer).map { $0 + 1 }, in: state.weights.buffer)
        }
        pack()
    }

    /// Logits of what would be saved: the averaged weights, if there are any, and running moments.
    func logits(_ samples: Samples) -> [Float] {
        state.model.reserve(for: workers.networks[0])
        state.model.packAll(with: workers.networks[0])
        let classes = architecture.classes
        let logits = FloatBuffer(samples.labels.count * classes)
        _ = samples.withInput { input in
            workers.evaluate(input, weights: state.model) { first, count, values in
                (logits + first * classes).update(from: values, count: count * classes)
            }
        }
        return Array(logits.values)
    }

    func pack() {
        state.weights.reserve(for: workers.networks[0])
        state.weights.packAll(with: workers.networks[0])
    }

    /// Forward and backward, without a step.
    func score(_ samples: Samples, dropoutKey: UInt64 = 0) -> Score {
        samples.withInput {
            workers.train($0, weights: state.weights, gradients: gradients, dropoutKey: dropoutKey)
        }
    }

    @discardableResult
    func step(_ samples: Samples, rate: Double? = nil) -> Score {
        let score = score(samples)
        plan.apply(count: samples.labels.count, rate: rate ?? recipe.rate)
        return score
    }

    func values(_ name: String) throws -> [Float] {
        let parameter = try #require(architecture.parameters.first { $0.name == name })
        return parameter.exported(from: state.weights.buffer)
    }

    /// The gradient of each learnt parameter by name, in PyTorch's order.
    func gradients(_ samples: Samples) throws -> (loss: Double, gradients: [String: [Float]]) {
        let learnt = architecture.parameters.filter(\.isLearnt)
        let before = learnt.map { $0.exported(from: state.weights.buffer) }
        let score = step(samples, rate: 1)
        var result: [String: [Float]] = [:]
        for (parameter, old) in zip(learnt, before) {
            let new = parameter.exported(from: state.weights.buffer)
            result[parameter.name] = zip(old, new).map { $0 - $1 }
            parameter.set(old, in: state.weights.buffer)
        }
        pack()
        return (score.loss / Double(score.count), result)
    }
}

extension Samples {
    func withInput<R>(_ body: (BatchInput) -> R) -> R {
        pixels.withUnsafeBufferPointer { pixels in
            labels.withUnsafeBufferPointer { labels in
                ids.withUnsafeBufferPointer { ids in
                    guard let pixels = pixels.baseAddress, let labels = labels.baseAddress,
                        let ids = ids.baseAddress
                    else { preconditionFailure("no samples") }
                    return body(
                        BatchInput(pixels: pixels, labels: labels, ids: ids, count: self.labels.count))
                }
            }
        }
    }
}

/// The largest difference, relative to the largest value.
func difference(_ a: [Float], _ b: [Float]) -> Float {
    guard a.count == b.count else { return .infinity }
    let scale = max(b.map(abs).max() ?? 0, 1e-6)
    return (zip(a, b).map { abs($0 - $1) }.max() ?? 0) / scale
}
