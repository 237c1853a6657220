// Recipes: what they hold, how they are read, and that they train as PyTorch does.

import Configuration
import Dataset
import Loader
import TestSupport
import Testing

@testable import Training

@Suite("Recipes")
struct RecipeTests {
    /// Counted by hand: weights and biases, layer by layer.
    private static let parameterCounts: [BuiltinRecipe: [Int]] = [
        .digitsnet: [
            32 * 16 + 32, 64 * 32 * 16 + 64, 128 * 64 * 16 + 128, 256 * 128 * 16 + 256,
            256 * 128 + 128, 128 * 10 + 10,
        ],
        .digitsnetLogits: [
            32 * 16 + 32, 64 * 32 * 16 + 64, 128 * 64 * 16 + 128, 256 * 128 * 16 + 256,
            256 * 128 + 128, 128 * 10 + 10,
        ],
        .mlp: [784 * 128 + 128, 128 * 64 + 64, 64 * 10 + 10],
        .mlpWide: [784 * 1024 + 1024, 1024 * 512 + 512, 512 * 10 + 10],
        .cnn: [32 * 9 + 32, 64 * 32 * 9 + 64, 7 * 7 * 64 * 128 + 128, 128 * 10 + 10],
        .lenet: [6 * 25 + 6, 16 * 6 * 25 + 16, 4 * 4 * 16 * 120 + 120, 120 * 84 + 84, 84 * 10 + 10],
        .twoConv: [64 * 9 + 64, 32 * 64 * 9 + 32, 12 * 12 * 32 * 10 + 10],
        .dropoutCNN: [64 * 4 + 64, 32 * 64 * 4 + 32, 7 * 7 * 32 * 256 + 256, 256 * 10 + 10],
    ]

    @Test(
        "the committed recipes are valid, and the binary carries the same text",
        arguments: BuiltinRecipe.allCases)
    func builtin(builtin: BuiltinRecipe) throws {
        let file = "\(Fixtures.root)/pipelines/train-\(builtin.rawValue).yaml"
        let recipe = try builtin.recipe()
        #expect(try Recipe(contentsOf: file) == recipe)
        #expect(recipe.name == builtin.rawValue)
        #expect(!recipe.summary.isEmpty && !recipe.data.isEmpty)
        #expect(try Recipe(yaml: recipe.yaml, file: "again") == recipe)
    }

    @Test("parameters are as many as counted by hand", arguments: parameterCounts.keys)
    func parameters(builtin: BuiltinRecipe) throws {
        let architecture = try Architecture(try builtin.recipe(), classes: 10)
        #expect(architecture.layers.map(\.parameterCount).filter { $0 > 0 } == Self.parameterCounts[builtin])
        if builtin == .cnn { #expect(architecture.parameterCount == 421_642) }
        if builtin == .dropoutCNN { #expect(architecture.parameterCount == 412_778) }
    }

    @Test("ten steps from the same weights follow PyTorch's", arguments: parameterCounts.keys)
    func trajectory(builtin: BuiltinRecipe) throws {
        var recipe = try builtin.recipe()
        // The order of dropped units is each library's own; the rest of that recipe must agree.
        recipe.layers = recipe.layers.map { $0.isDropout ? .dropout(0) : $0 }
        let goldens = try TensorFile(reading: Fixtures.path("training-golden.safetensors"))
        let laboratory = try Laboratory(recipe, classes: 10, jobs: 2)
        laboratory.fill(vectorFan: 10_000, aroundOne: false)
        let losses = (0..<10).map { step in
            let score = laboratory.step(
                Samples(recipe.batch, recipe.input, classes: 10, pixelSalt: 900 + step, labelSalt: step))
            return Float(score.loss / Double(score.count))
        }
        let oracle = try #require(goldens["trajectory/\(recipe.name)/losses"]?.values)
        #expect(difference(losses, oracle) < 1e-3, "\(losses) \(oracle)")
        let norms = laboratory.architecture.parameters.map { parameter in
            parameter.exported(from: laboratory.state.weights.buffer).reduce(0) { $0 + Double($1 * $1) }
                .squareRoot()
        }
        let expected = try #require(goldens["trajectory/\(recipe.name)/norms"]?.values)
        for (index, (norm, oracle)) in zip(norms, expected).enumerated() {
            // Adam moves every weight by the rate, whatever its gradient's size: where that is rounding, so
            // is the direction, and small biases show it.
            #expect(abs(norm - Double(oracle)) < 2e-3 * Double(oracle) + 1e-3, "tensor \(index)")
        }
    }

    @Test(
        "mistakes are named with their line",
        arguments: [
            (
                "name: x\nlayers:\n  - convolution: {filters: 3}\n",
                "x.yaml:3: a convolution needs filters and kernel"
            ),
            ("name: x\nlayers:\n  - pool: 2\n", "x.yaml:3: unknown key “pool” in a layer; allowed: "),
            (
                "name: x\nlayers:\n  - flatten\nepochs: 0\n",
                "x.yaml:4: epochs: “0” is not a whole number from 1"
            ),
            ("name: x\nlayers:\n  - linear\n", "x.yaml:3: linear needs a value"),
            ("name: x\n", "x.yaml:1: a recipe needs name and layers"),
            (
                "name: x\nlayers:\n  - flatten\noptimizer: {name: best}\n",
                "x.yaml:4: name: “best” is not one of sgd, adam, adamw"
            ),
        ])
    func mistakes(text: String, message: String) {
        let error = #expect(throws: ConfigurationError.self) { try Recipe(yaml: text, file: "x.yaml") }
        #expect(error?.description.hasPrefix(message) == true, "\(error?.description ?? "")")
    }

    @Test(
        "networks that cannot be are refused with the number of the layer",
        arguments: [
            ([.linear(units: nil)], "small: layer 1: a linear layer needs flatten"),
            (
                [.relu, .flatten, .linear(units: nil)],
                "small: layer 1: there is nothing but pixels before it"
            ),
            (
                [.flatten, .linear(units: 3)],
                "small: layer 2: the network ends in 3, but there are 10 classes"
            ),
            (
                [.convolution(filters: 1, kernel: 40, padding: .number(0))],
                "small: layer 1: nothing is left of"
            ),
            (
                [.convolution(filters: 1, kernel: 2, padding: .number(2))],
                "small: layer 1: padding must be less than the kernel’s 2"
            ),
            ([.flatten, .softmax, .linear(units: nil)], "small: layer 2: softmax must be the last layer"),
            (
                [.flatten, .batchNormalization, .linear(units: nil)],
                "small: layer 2: batch_normalization goes"
            ),
        ] as [([LayerSpecification], String)])
    func impossible(layers: [LayerSpecification], message: String) {
        let error = #expect(throws: TrainingError.self) {
            try Architecture(Laboratory.small(layers), classes: 10)
        }
        #expect(error?.description.hasPrefix(message) == true, "\(error?.description ?? "")")
    }

    @Test(
        "initial weights stay within their bounds and have their deviation",
        arguments: Initialisation.allCases)
    func initialisation(kind: Initialisation) throws {
        let architecture = try Architecture(try BuiltinRecipe.cnn.recipe(), classes: 10)
        let weights = WeightSet(architecture)
        weights.initialise(kind, seed: 3)
        let dense = try #require(architecture.parameters.first { $0.name == "7.weight" })
        let values = dense.exported(from: weights.buffer).map(Double.init)
        let deviation = (values.reduce(0) { $0 + $1 * $1 } / Double(values.count)).squareRoot()
        let bias = try #require(architecture.parameters.first { $0.name == "7.bias" }).exported(
            from: weights.buffer)
        switch kind {
        case .pytorch:
            // Uniform in ±b has deviation b / √3.
            #expect(abs(deviation - (1 / 3136.0 / 3).squareRoot()) < 1e-4)
            #expect(bias.allSatisfy { abs($0) <= 1 / Float(3136).squareRoot() } && bias.contains { $0 != 0 })
        case .keras:
            #expect(abs(deviation - (6.0 / (3136 + 128) / 3).squareRoot()) < 1e-4)
            #expect(bias.allSatisfy { $0 == 0 })
        case .kaiming:
            #expect(abs(deviation - (2 / 3136.0).squareRoot()) < 1e-4)
            #expect(bias.allSatisfy { $0 == 0 })
        }
    }
}
