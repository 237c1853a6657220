// Layers against PyTorch's committed results, against numeric gradients, and against themselves.

import Dataset
import TestSupport
import Testing

@testable import Training

@Suite("Layers")
struct LayerTests {
    private static let shape = ImageShape(size: ImageSize(width: 10, height: 12), channels: 1)
    private static let cases: [(name: String, layers: [LayerSpecification], smoothing: Double)] = [
        (
            "same",
            [
                .convolution(filters: 6, kernel: 3, padding: .same), .relu, .maxPool(2), .flatten,
                .linear(units: nil),
            ], 0
        ),
        (
            "even",
            [
                .convolution(filters: 5, kernel: 2, padding: .same), .relu,
                .convolution(filters: 4, kernel: 4, padding: .number(1)), .relu, .flatten, .linear(units: 7),
                .relu, .linear(units: nil),
            ], 0
        ),
        (
            "normalized",
            [
                .convolution(filters: 4, kernel: 3, padding: .number(0)), .batchNormalization, .relu,
                .maxPool(2), .flatten, .linear(units: 8), .batchNormalization, .relu, .linear(units: nil),
            ], 0
        ),
        (
            "normalized-unpooled",
            [
                .convolution(filters: 17, kernel: 3, padding: .number(0)), .batchNormalization, .relu,
                .convolution(filters: 3, kernel: 3, padding: .number(0)), .flatten, .linear(units: nil),
            ], 0
        ),
        (
            "pool-three",
            [
                .convolution(filters: 3, kernel: 2, padding: .number(0)), .maxPool(3), .relu, .flatten,
                .linear(units: nil),
            ], 0
        ),
        (
            "first",
            [
                .convolution(filters: 32, kernel: 3, padding: .same), .relu, .maxPool(2),
                .convolution(filters: 4, kernel: 2, padding: .number(0)), .relu, .flatten,
                .linear(units: nil),
            ], 0
        ),
        (
            "first-even",
            [
                .convolution(filters: 16, kernel: 4, padding: .number(1)), .relu, .maxPool(2), .flatten,
                .linear(units: nil),
            ], 0
        ),
        ("pixels-pooled", [.maxPool(2), .flatten, .linear(units: nil)], 0),
        ("softmax", [.flatten, .linear(units: nil), .softmax], 0),
        ("smoothed", [.flatten, .linear(units: nil)], 0.1),
    ]
    /// With a network whose dropped units are those of no other library.
    private static let allCases =
        cases + [
            (
                "dropout",
                [
                    .convolution(filters: 6, kernel: 3, padding: .same), .relu, .maxPool(2), .dropout(0.3),
                    .convolution(filters: 4, kernel: 2, padding: .number(0)), .relu, .flatten,
                    .linear(units: 7),
                    .relu, .dropout(0.5), .linear(units: nil),
                ], 0
            )
        ]

    private func goldens() throws -> WeightsFile {
        try WeightsFile(reading: Fixtures.path("training-golden.safetensors"))
    }

    @Test("logits, loss, gradients and running moments are PyTorch's", arguments: cases.indices)
    func pytorch(index: Int) throws {
        let (name, layers, smoothing) = Self.cases[index]
        let goldens = try goldens()
        let laboratory = try Laboratory(Laboratory.small(layers, smoothing: smoothing), classes: 5)
        laboratory.fill(vectorFan: 100, aroundOne: true)
        let samples = Samples(6, Self.shape, classes: 5, pixelSalt: 500, labelSalt: 0)
        let (loss, gradients) = try laboratory.gradients(samples)
        let expected = try #require(goldens["\(name)/loss"]?.values.first)
        #expect(abs(loss - Double(expected)) < 1e-5)
        let logits = try #require(goldens["\(name)/logits"]?.values)
        let network = laboratory.workers.networks[0]
        let found = UnsafeBufferPointer(start: network.logits.whole, count: logits.count)
        #expect(difference(Array(found), logits) < 1e-5, "\(name)")
        for (key, gradient) in gradients {
            let oracle = try #require(goldens["\(name)/\(key)"]?.values)
            // A bias in front of a normalization has no influence: its gradient is rounding, in both.
            let isRounding = oracle.allSatisfy { abs($0) < 1e-6 } && gradient.allSatisfy { abs($0) < 1e-6 }
            #expect(isRounding || difference(gradient, oracle) < 2e-4, "\(name) \(key)")
        }
        for parameter in laboratory.architecture.parameters where !parameter.isLearnt {
            let oracle = try #require(goldens["\(name)/\(parameter.name)"]?.values)
            #expect(difference(try laboratory.values(parameter.name), oracle) < 1e-5)
        }
    }

    @Test("gradients are what small changes of a weight do to the loss", arguments: allCases.indices)
    func numeric(index: Int) throws {
        let (name, layers, smoothing) = Self.allCases[index]
        // Eight samples in two micro-batches: gradients are summed over them, moments taken in each.
        let recipe = Laboratory.small(layers, batch: 8, microBatch: 4, smoothing: smoothing)
        let laboratory = try Laboratory(recipe, classes: 5)
        laboratory.fill(vectorFan: 100, aroundOne: true)
        let samples = Samples(8, Self.shape, classes: 5, pixelSalt: 501, labelSalt: 1)
        let gradients = try laboratory.gradients(samples).gradients
        for parameter in laboratory.architecture.parameters where parameter.isLearnt {
            let gradient = try #require(gradients[parameter.name])
            // Where the loss changes most, rounding and kinks of ReLU matter least.
            for index in gradient.indices.sorted(by: { abs(gradient[$0]) > abs(gradient[$1]) }).prefix(3) {
                let slope = try laboratory.slope(parameter, index, samples)
                // Floats and kinks allow no more; the comparison with PyTorch is the strict one.
                #expect(
                    abs(slope - gradient[index]) < 0.1 * abs(gradient[index]) + 2e-3,
                    "\(name) \(parameter.name)[\(index)]")
            }
        }
    }

    @Test("an incomplete batch gives the gradients of the samples that are there")
    func incompleteBatch() throws {
        for (_, layers, _) in Self.allCases {
            // Seven samples: a micro-batch of five, and two of the next, whose other rows are stale.
            let samples = Samples(7, Self.shape, classes: 5, pixelSalt: 502, labelSalt: 2)
            let full = try Laboratory(Laboratory.small(layers, batch: 7, microBatch: 5), classes: 5)
            let partial = try Laboratory(Laboratory.small(layers, batch: 10, microBatch: 5), classes: 5)
            full.fill(vectorFan: 100, aroundOne: true)
            partial.fill(vectorFan: 100, aroundOne: true)
            _ = partial.score(Samples(10, Self.shape, classes: 5, pixelSalt: 503, labelSalt: 3))
            let (a, b) = (try full.gradients(samples), try partial.gradients(samples))
            #expect(a.loss == b.loss)
            for (key, gradient) in a.gradients {
                #expect(difference(gradient, b.gradients[key] ?? []) < 1e-5, "\(key)")
            }
        }
    }

    @Test("rows beyond the last sample change nothing, whatever was there")
    func staleRows() throws {
        for (_, layers, _) in Self.allCases {
            let samples = Samples(4, Self.shape, classes: 5, pixelSalt: 504, labelSalt: 2)
            let first = try Laboratory(Laboratory.small(layers), classes: 5)
            let second = try Laboratory(Laboratory.small(layers), classes: 5)
            first.fill(vectorFan: 100, aroundOne: true)
            second.fill(vectorFan: 100, aroundOne: true)
            _ = second.score(Samples(6, Self.shape, classes: 5, pixelSalt: 505, labelSalt: 4))
            var padded = samples
            padded.pixels += Array(repeating: 0.7, count: 2 * Self.shape.byteCount)
            var unpadded = samples
            unpadded.pixels += Array(repeating: 0, count: 2 * Self.shape.byteCount)
            let (a, b) = (try first.gradients(unpadded), try second.gradients(padded))
            #expect(a.loss == b.loss)
            #expect(a.gradients == b.gradients)
        }
    }

    /// Networks whose layers pass memory on in other ways than those above.
    private static let neighbours: [(String, [LayerSpecification], Double)] = [
        (
            "wide",
            [
                .convolution(filters: 33, kernel: 3, padding: .same), .batchNormalization, .relu,
                .dropout(0.2), .maxPool(2), .convolution(filters: 48, kernel: 3, padding: .number(0)),
                .batchNormalization, .relu, .flatten, .linear(units: nil),
            ], 0
        ),
        (
            "normalized twice",
            [
                .batchNormalization, .maxPool(2), .batchNormalization, .batchNormalization, .relu,
                .convolution(filters: 32, kernel: 2, padding: .same), .dropout(0.2), .batchNormalization,
                .maxPool(2), .flatten, .linear(units: nil),
            ], 0
        ),
        (
            "pooled twice",
            [
                .convolution(filters: 20, kernel: 3, padding: .same), .relu, .dropout(0.2), .maxPool(2),
                .maxPool(2), .relu, .flatten, .linear(units: nil), .batchNormalization,
            ], 0
        ),
    ]

    @Test("images computed one by one give the same bits as those of a whole micro-batch", arguments: [4, 6])
    func groups(microBatch: Int) throws {
        for (name, layers, _) in Self.allCases + Self.neighbours {
            let samples = Samples(6, Self.shape, classes: 5, pixelSalt: 507, labelSalt: 1)
            let recipe = Laboratory.small(layers, microBatch: microBatch)
            let results = try [1, 1 << 30].map { cache in
                let laboratory = try Laboratory(recipe, classes: 5, cache: cache)
                laboratory.fill(vectorFan: 100, aroundOne: true)
                let (loss, gradients) = try laboratory.gradients(samples)
                return (loss: loss, gradients: gradients, logits: laboratory.logits(samples))
            }
            #expect(results[0].loss == results[1].loss, "\(name)")
            #expect(results[0].gradients == results[1].gradients, "\(name)")
            #expect(results[0].logits == results[1].logits, "\(name)")
        }
    }

    @Test("smoothed labels are for training: what is evaluated is the loss of the labels as they are")
    func smoothingOfEvaluations() throws {
        let layers: [LayerSpecification] = [.flatten, .linear(units: nil)]
        let samples = Samples(6, Self.shape, classes: 5, pixelSalt: 506, labelSalt: 3)
        func losses(_ smoothing: Double) throws -> (training: Double, evaluation: Double) {
            let laboratory = try Laboratory(Laboratory.small(layers, smoothing: smoothing), classes: 5)
            laboratory.fill(vectorFan: 100, aroundOne: false)
            let evaluation = samples.withInput {
                laboratory.workers.evaluate($0, weights: laboratory.state.weights) { _, _, _ in }
            }
            return (laboratory.score(samples).loss, evaluation.loss)
        }
        let (plain, smoothed) = (try losses(0), try losses(0.1))
        #expect(plain.evaluation == plain.training && smoothed.evaluation == plain.evaluation)
        #expect(abs(smoothed.training - plain.training) > 1e-3)
    }

    @Test("dropout drops its share, scales the rest, and passes gradients where it passed values")
    func dropout() throws {
        let count = 10_000
        let values = Activation(private: count, images: 1)
        let gradient = Activation(private: count, images: 1)
        let image = Images(count: 1)
        let layer = Dropout(
            share: 0.3, count: count, index: 2, microBatch: 1, values: values, gradient: gradient)
        let laboratory = try Laboratory(Laboratory.small([.flatten, .linear(units: nil)]), classes: 5)
        var id: UInt32 = 7
        withUnsafePointer(to: &id) { ids in
            let pass = Pass(
                weights: laboratory.state.weights, gradients: laboratory.gradients, images: image,
                dropoutKey: 99, ids: ids)
            values.whole.update(repeating: 2, count: count)
            gradient.whole.update(repeating: 3, count: count)
            layer.forward(pass)
            layer.backward(pass)
        }
        let kept = (0..<count).filter { values.whole[$0] != 0 }
        // Three standard deviations of a binomial distribution, √(10,000 x 0.3 x 0.7) each.
        #expect((7000 - 137...7000 + 137).contains(kept.count))
        let scale = Float(1 / 0.7)
        let (value, slope): (Float, Float) = (2 * scale, 3 * scale)
        #expect(kept.allSatisfy { values.whole[$0] == value && gradient.whole[$0] == slope })
        #expect((0..<count).allSatisfy { (values.whole[$0] == 0) == (gradient.whole[$0] == 0) })
    }

    @Test("a dropout mask is Philox of key, sample and position")
    func maskNumbers() {
        let (count, key, sample) = (1003, UInt64(0x1234_5678_9ABC_DEF0), UInt64(5) << 32 | 42)
        let blocks = (count + 7) / 8
        let mask = dropoutMask(key: key, sample: sample, threshold: 20_000, count: count)
        for index in 0..<count {
            let (block, part) = (index % blocks, index / blocks)
            let words = Philox.block(
                counter: SIMD4(
                    UInt32(block), 0, UInt32(truncatingIfNeeded: sample), UInt32(sample >> 32)),
                key: SIMD2(UInt32(truncatingIfNeeded: key), UInt32(key >> 32)))
            let half = words[part / 2] >> (part % 2 == 0 ? 0 : 16) & 0xFFFF
            #expect(mask[index] == (half >= 20_000 ? 255 : 0))
        }
    }
}

extension Laboratory {
    /// (loss(w + h) - loss(w - h)) / 2h for one element of a parameter.
    fileprivate func slope(_ parameter: Parameter, _ index: Int, _ samples: Samples) throws -> Float {
        let values = parameter.exported(from: state.weights.buffer)
        let h: Float = 1e-3
        func loss(_ change: Float) -> Double {
            var changed = values
            changed[index] += change
            parameter.set(changed, in: state.weights.buffer)
            pack()
            let score = score(samples)
            return score.loss / Double(score.count)
        }
        let slope = (loss(h) - loss(-h)) / Double(2 * h)
        parameter.set(values, in: state.weights.buffer)
        pack()
        return Float(slope)
    }
}
