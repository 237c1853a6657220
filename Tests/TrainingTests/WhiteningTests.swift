// A first layer that whitens patches.

import Dataset
import Loader
import TestSupport
import Testing

@testable import Training

@Suite("Whitening")
struct WhiteningTests: RunSuite {
    let runs: TemporaryRuns

    init() throws { runs = try TemporaryRuns() }

    private func recipe(filters: Int = 18, kernel: Int = 3) throws -> Recipe {
        try Recipe(
            yaml: """
                name: white
                layers:
                  - convolution: {filters: \(filters), kernel: \(kernel)}
                  - relu
                  - max_pool: 2
                  - flatten
                  - linear: classes
                initialisation: identity
                whitening: true
                optimizer: {name: sgd, rate: 0.02}
                augment: {rotate: 10, shift: 1}
                epochs: 1
                """, file: "white.yaml")
    }

    @Test(
        "patches that do not fit into the images are refused, also where padding lets the kernel be so large")
    func largeKernel() throws {
        for (size, kernel) in [("12x8", 10), ("4x4", 6), ("28x28", 9)] {
            let text = try recipe(filters: 2 * kernel * kernel, kernel: kernel).yaml
                .replacing("size: 28x28", with: "size: \(size)").replacing(
                    "padding: 0", with: "padding: same")
            let large = try Recipe(yaml: text.replacing("max_pool: 2", with: "relu"), file: "x")
            #expect((try? Architecture(large, classes: 10)) == nil || size == "28x28", "\(size)")
        }
    }

    @Test(
        "the filters give uncorrelated outputs of equal size on patches of the train images, and are not trained"
    )
    func filters() throws {
        try train("run", recipe: recipe())
        let model = try Model(contentsOf: temporary("run/model.safetensors"))
        let weight = try #require(model.architecture.parameters.first)
        #expect(!weight.isLearnt && model.architecture.parameterCount == 18 + 10 * (18 * 13 * 13) + 10)
        let filters = weight.exported(from: model.weights.buffer)
        #expect(filters[81...].elementsEqual(filters[..<81].map { -$0 }))
        // The second moments of the outputs, over all patches of all train images, by naive loops.
        var options = try model.description.recipe.loaderOptions(for: dataset)
        options.batchSize = 100
        var (sums, count) = ([Double](repeating: 0, count: 81), 0.0)
        let stream = try DataLoader(dataset, split: .train, options: options).batches(epoch: 0)
        while let batch = try stream.next() {
            for image in 0..<batch.count {
                for place in 0..<26 * 26 {
                    let (y, x) = (place / 26, place % 26)
                    let outputs = (0..<9).map { filter in
                        (0..<9).reduce(0.0) { sum, spot in
                            let pixel = batch.floats[image * 784 + (y + spot / 3) * 28 + x + spot % 3]
                            return sum + Double(filters[filter * 9 + spot] * pixel)
                        }
                    }
                    for i in 0..<81 { sums[i] += outputs[i / 9] * outputs[i % 9] }
                    count += 1
                }
            }
        }
        for i in 0..<81 {
            let moment = sums[i] / count
            // What epsilon takes away: hardly anything of the first, a few percent of the last.
            #expect(i % 10 == 0 ? (0.8...1.0001).contains(moment) : abs(moment) < 1e-4, "\(i): \(moment)")
        }
    }

    @Test("filters that do not fit their patches are an error that says how many do")
    func misfit() throws {
        for (filters, kernel, words) in [(16, 3, "takes 18 filters"), (18, 2, "takes 8 filters")] {
            let error = #expect(throws: TrainingError.self) {
                try Architecture(try recipe(filters: filters, kernel: kernel), classes: 10)
            }
            #expect(error?.description.contains(words) == true)
        }
    }

    @Test("identity begins with filters that pass one channel on each")
    func identity() throws {
        let recipe = Laboratory.small([
            .convolution(filters: 4, kernel: 3, padding: .same),
            .convolution(filters: 6, kernel: 2, padding: .number(0)),
            .flatten, .linear(units: nil),
        ])
        let laboratory = try Laboratory(recipe, classes: 5)
        laboratory.state.weights.initialise(.identity, seed: 1)
        let second = laboratory.architecture.layers[1].parameters[0].exported(
            from: laboratory.state.weights.buffer)
        for filter in 0..<4 {
            let values = second[filter * 16..<(filter + 1) * 16]
            // PyTorch's dirac_ puts the one at kernel / 2.
            #expect(values.enumerated().allSatisfy { $1 == ($0 == filter * 4 + 3 ? 1 : 0) })
        }
        #expect(second[64...].allSatisfy { $0 != 0 && abs($0) <= 0.25 })
    }
}
