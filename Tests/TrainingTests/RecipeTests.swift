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
    private static let parameterCounts: [String: [Int]] = [
        "digitsnet": [
            32 * 16 + 32, 64 * 32 * 16 + 64, 128 * 64 * 16 + 128, 256 * 128 * 16 + 256,
            256 * 128 + 128, 128 * 10 + 10,
        ],
        "digitsnet-logits": [
            32 * 16 + 32, 64 * 32 * 16 + 64, 128 * 64 * 16 + 128, 256 * 128 * 16 + 256,
            256 * 128 + 128, 128 * 10 + 10,
        ],
        "mlp": [784 * 128 + 128, 128 * 64 + 64, 64 * 10 + 10],
        "mlp-wide": [784 * 1024 + 1024, 1024 * 512 + 512, 512 * 10 + 10],
        "cnn": [32 * 9 + 32, 64 * 32 * 9 + 64, 7 * 7 * 64 * 128 + 128, 128 * 10 + 10],
        "lenet": [6 * 25 + 6, 16 * 6 * 25 + 16, 4 * 4 * 16 * 120 + 120, 120 * 84 + 84, 84 * 10 + 10],
        "two-conv": [64 * 9 + 64, 32 * 64 * 9 + 32, 12 * 12 * 32 * 10 + 10],
        "dropout-cnn": [64 * 4 + 64, 32 * 64 * 4 + 32, 7 * 7 * 32 * 256 + 256, 256 * 10 + 10],
        "fast": [
            16 * 9 + 16, 16 * 16 * 9 + 16, 32 * 16 * 9 + 32, 6 * 6 * 32 * 128 + 128, 128 * 10 + 10,
        ],
        "standard": [16 * 9 + 16, 32 * 16 * 9 + 32, 7 * 7 * 32 * 128 + 128, 128 * 10 + 10],
        "cifar": [
            24, 64 * 24 * 9 + 64, 128, 64 * 64 * 9 + 64, 128, 256 * 64 * 9 + 256, 512,
            256 * 256 * 9 + 256, 512, 256 * 256 * 9 + 256, 512, 256 * 256 * 9 + 256, 512, 256 * 10 + 10,
        ],
        // Convolutions, and a scale and a shift of each channel behind them.
        "best": [
            32 * 9 + 32, 64, 32 * 32 * 9 + 32, 64, 64 * 32 * 9 + 64, 128, 64 * 64 * 9 + 64, 128,
            128 * 64 * 9 + 128, 256, 128 * 128 * 9 + 128, 256, 2 * 2 * 128 * 10 + 10,
        ],
    ]

    @Test(
        "the committed recipes are valid, and the binary carries the same text",
        arguments: Recipe.builtinNames)
    func builtin(name: String) throws {
        let file = "\(Fixtures.root)/recipes/\(name).yaml"
        let recipe = try Recipe.named(name)
        #expect(try Recipe(contentsOf: file) == recipe)
        #expect(recipe.name == name)
        #expect(!recipe.summary.isEmpty && !recipe.data.isEmpty)
        #expect(try Recipe(yaml: recipe.yaml, file: "again") == recipe)
    }

    @Test("the example explains every key, and says the defaults")
    func example() throws {
        let text = Recipe.builtinText("example") ?? ""
        var recipe = try Recipe(yaml: text, file: "example.yaml")
        _ = try Architecture(recipe, classes: 10)
        for key in Recipe.keys { #expect(text.contains("\n\(key):"), "\(key)") }
        // What it says to be no default, taken back.
        (recipe.summary, recipe.data, recipe.augmentation, recipe.patience) = ("", "", nil, nil)
        let layers = "layers:\n" + recipe.layers.map { "  - \($0.text)\n" }.joined()
        #expect(try Recipe(yaml: "name: example\n" + layers, file: "defaults") == recipe)
    }

    @Test("parameters are as many as counted by hand", arguments: parameterCounts.keys)
    func parameters(name: String) throws {
        let architecture = try Architecture(try Recipe.named(name), classes: 10)
        #expect(architecture.layers.map(\.parameterCount).filter { $0 > 0 } == Self.parameterCounts[name])
        if name == "cnn" { #expect(architecture.parameterCount == 421_642) }
        if name == "dropout-cnn" { #expect(architecture.parameterCount == 412_778) }
    }

    @Test("a recipe reads back equal, whatever its texts and numbers are")
    func roundTrip() throws {
        var recipe = try Recipe.named("best")
        recipe.name = "-"
        recipe.summary =
            "--- \"quoted\" \\ a: {b}\nsecond line\t#\u{7}é\u{7F}\u{85}\u{9B}\u{FEFF}\u{FFFF}\u{1F600}"
        recipe.data = "null"
        recipe.rate = Recipe.rateRange.lowerBound
        (recipe.epochs, recipe.patience) = (Recipe.epochRange.upperBound, 3)
        recipe.pixels = .float(mean: 0.1307, deviation: 0.3081)
        #expect(try Recipe(yaml: recipe.yaml, file: "again") == recipe)
        (recipe.input.channels, recipe.pixels) = (
            3, .float(mean: [0.5, 0.25, 1], deviation: [0.1, 1, 0.125])
        )
        (recipe.whitening, recipe.headRate, recipe.initialisation) = (true, 0.0125, .identity)
        for schedule in [Schedule.constant, .step(epochs: 3, factor: 0.1), .oneCycle(rise: 0.25)] {
            recipe.schedule = schedule
            #expect(try Recipe(yaml: recipe.yaml, file: "again") == recipe)
        }
    }

    @Test("columns behind two flattens are exported in PyTorch's order, as behind one")
    func twoFlattens() throws {
        let convolution = LayerSpecification.convolution(filters: 3, kernel: 3, padding: .number(0))
        let one = try Architecture(
            Laboratory.small([convolution, .flatten, .linear(units: nil)]), classes: 5)
        let two = try Architecture(
            Laboratory.small([convolution, .flatten, .flatten, .linear(units: nil)]), classes: 5)
        let buffer = FloatBuffer(one.bufferCount)
        for (index, value) in noise(buffer.count, salt: 4).enumerated() { buffer.base[index] = value }
        #expect(one.parameters[2].exported(from: buffer) == two.parameters[2].exported(from: buffer))
    }

    @Test("a batch normalization of single values is refused")
    func singleValues() throws {
        var recipe = Laboratory.small([.flatten, .linear(units: 8), .batchNormalization, .linear(units: nil)])
        _ = try Architecture(recipe, classes: 10)
        recipe.microBatch = 1
        let error = #expect(throws: TrainingError.self) { try Architecture(recipe, classes: 10) }
        #expect(error?.description.contains("take a micro_batch and a batch of 2 or more") == true)
        (recipe.microBatch, recipe.batch) = (16, 1)
        #expect(throws: TrainingError.self) { try Architecture(recipe, classes: 10) }
    }

    @Test("a training that this machine has no memory for is refused with its size")
    func memory() throws {
        var recipe = Laboratory.small([.flatten, .linear(units: 65536), .linear(units: nil)])
        recipe.input.size = ImageSize(width: 4096, height: 4096)
        let architecture = try Architecture(recipe, classes: 10)
        #expect(architecture.trainingBytes(recipe, batch: 6, workers: 1) > Double(5 * 4 << 40))
        // Two padded gradients and inputs for each output of four channels, beside it and its gradient.
        let wide = Laboratory.small(
            [.convolution(filters: 4, kernel: 3, padding: .same), .flatten, .linear(units: nil)],
            batch: 16, microBatch: 16)
        let pixels = Double(16 * 10 * 12)
        #expect(
            try Architecture(wide, classes: 10).trainingBytes(wide, batch: 16, workers: 1) > 4 * pixels
                * (8 + 16 + 1))
        // Beyond all numbers of bytes.
        let deep = Laboratory.small(
            Array(repeating: .convolution(filters: 4096, kernel: 64, padding: .same), count: 600)
                + [.flatten, .linear(units: nil)], batch: 65536, microBatch: 1)
        #expect(throws: TrainingError.self) {
            try Architecture(deep, classes: 10).requireMemory(for: deep, batch: 65536, workers: 1)
        }
        let error = #expect(throws: TrainingError.self) {
            try architecture.requireMemory(for: recipe, batch: 6, workers: 1)
        }
        #expect(error?.description.hasPrefix("small: training takes about ") == true)
        let small = try Recipe.named("cnn")
        try Architecture(small, classes: 10).requireMemory(for: small, batch: 128, workers: 2)
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
                "x.yaml:4: epochs: 0 is not between 1 and 10000"
            ),
            ("name: x\nlayers:\n  - linear\n", "x.yaml:3: linear needs a value"),
            ("name: x\n", "x.yaml:1: a recipe needs name and layers"),
            (
                "name: x\nlayers:\n  - flatten\noptimizer: {name: best}\n",
                "x.yaml:4: optimizer name: “best” is not one of sgd, adam, adamw"
            ),
            (
                "name: x\nlayers:\n  - flatten\noptimizer: {name: adamw, momentum: 0.9}\n",
                "x.yaml:4: adamw has no momentum"
            ),
            (
                "name: x\nlayers:\n  - flatten\noptimizer: {name: sgd, nesterov: true}\n",
                "x.yaml:4: nesterov needs a momentum"
            ),
        ])
    func mistakes(text: String, message: String) {
        let error = #expect(throws: ConfigurationError.self) { try Recipe(yaml: text, file: "x.yaml") }
        #expect(error?.description.hasPrefix(message) == true, "\(error?.description ?? "")")
    }

    @Test(
        "networks that cannot be are refused with the number of the layer",
        arguments: [
            ([.linear(units: nil)], "small: layer 0, linear: classes: a linear layer needs flatten"),
            (
                [.relu, .flatten, .linear(units: nil)],
                "small: layer 0, relu: there is nothing but pixels before it"
            ),
            (
                [.flatten, .linear(units: 3)],
                "small: layer 1, linear: 3: the network ends in 3, but there are 10 classes"
            ),
            (
                [.convolution(filters: 1, kernel: 40, padding: .number(0))],
                "small: layer 0, convolution: {filters: 1, kernel: 40, padding: 0}: the kernel is larger"
            ),
            (
                [.convolution(filters: 1, kernel: 2, padding: .number(2))],
                "small: layer 0, convolution: {filters: 1, kernel: 2, padding: 2}: padding must be less than the kernel size of 2"
            ),
            (
                [.flatten, .softmax, .linear(units: nil)],
                "small: layer 1, softmax: softmax must be the last layer"
            ),
            (
                [.flatten, .batchNormalization, .linear(units: nil)],
                "small: layer 1, batch_normalization: batch_normalization goes"
            ),
            (
                [.maxPool(13), .flatten, .linear(units: nil)],
                "small: layer 0, max_pool: 13: the window is larger"
            ),
            ([.maxPool(5), .flatten], "small: layer 1, flatten: the network ends in 4"),
            (
                [
                    .convolution(filters: 5, kernel: 9, padding: .number(0)), .maxPool(2), .flatten,
                ],
                "small: layer 2, flatten: the network ends in more than one pixel"
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
        let architecture = try Architecture(try Recipe.named("cnn"), classes: 10)
        let weights = WeightSet(architecture)
        weights.initialise(kind, seed: 3)
        let dense = try #require(architecture.parameters.first { $0.name == "7.weight" })
        let values = dense.exported(from: weights.buffer).map(Double.init)
        let deviation = (values.reduce(0) { $0 + $1 * $1 } / Double(values.count)).squareRoot()
        let bias = try #require(architecture.parameters.first { $0.name == "7.bias" }).exported(
            from: weights.buffer)
        switch kind {
        case .pytorch, .identity:
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
