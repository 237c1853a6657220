// Convolutions and matrix products against the loops that define them.

import CTensor
import Testing

@testable import Training

@Suite("Convolutions and matrix products")
struct KernelTests {
    struct Shape: CustomTestStringConvertible {
        var batch, height, width, channels, filters, kernel, padding: Int
        var testDescription: String {
            "\(batch)x\(height)x\(width)x\(channels) to \(filters), kernel \(kernel), padding \(padding)"
        }
        var output: FeatureShape {
            FeatureShape(
                height: height + 2 * padding - kernel + 1, width: width + 2 * padding - kernel + 1,
                channels: filters)
        }
    }

    /// Filters and channels below, at and beyond a panel of sixteen; pixels that fill blocks and that do not; images
    /// smaller than a block; more pixels than a band, for few channels and for many.
    static let shapes = [
        Shape(batch: 1, height: 3, width: 3, channels: 1, filters: 1, kernel: 3, padding: 0),
        Shape(batch: 3, height: 5, width: 7, channels: 3, filters: 5, kernel: 2, padding: 1),
        Shape(batch: 2, height: 9, width: 8, channels: 16, filters: 16, kernel: 3, padding: 1),
        Shape(batch: 5, height: 4, width: 4, channels: 17, filters: 33, kernel: 4, padding: 2),
        Shape(batch: 7, height: 2, width: 1, channels: 20, filters: 48, kernel: 1, padding: 0),
        Shape(batch: 2, height: 20, width: 31, channels: 5, filters: 18, kernel: 5, padding: 0),
        Shape(batch: 4, height: 6, width: 6, channels: 100, filters: 17, kernel: 3, padding: 1),
        // Tiles that reach beyond the image, and more of them than are transformed at once.
        Shape(batch: 3, height: 31, width: 18, channels: 24, filters: 48, kernel: 3, padding: 1),
        Shape(batch: 5, height: 3, width: 3, channels: 64, filters: 64, kernel: 3, padding: 1),
        Shape(batch: 2, height: 7, width: 5, channels: 40, filters: 33, kernel: 3, padding: 2),
        Shape(batch: 2, height: 4, width: 4, channels: 32, filters: 32, kernel: 3, padding: 0),
    ]

    /// A layer of its own, run forward and backward once, with everything that it gives.
    private struct Result {
        var output, weightGradient, biasGradient, inputGradient: [Float]

        init(_ shape: Shape, _ x: [Float], _ weights: [Float], _ bias: [Float], _ dy: [Float]) {
            let placed = PlacedLayer(
                specification: .convolution(
                    filters: shape.filters, kernel: shape.kernel, padding: .number(shape.padding)),
                input: FeatureShape(height: shape.height, width: shape.width, channels: shape.channels),
                output: shape.output, parameters: [])
            func activation(_ values: [Float]) -> Activation {
                let activation = Activation(private: values.count / shape.batch, images: shape.batch)
                activation.whole.update(from: values, count: values.count)
                return activation
            }
            let wiring = Wiring(
                input: activation(x), output: activation(dy.map { _ in 0 }),
                inputGradient: activation(x.map { _ in .nan }), outputGradient: activation(dy))
            let layer = Convolution(
                placed, index: 0, microBatch: shape.batch, rectifies: false, wiring: wiring)
            let biasCopy = FloatBuffer(bias.count)
            biasCopy.base.update(from: bias, count: bias.count)
            let packed = PackedLayer(
                forward: FloatBuffer(layer.forwardCount), backward: FloatBuffer(layer.backwardCount),
                bias: UnsafePointer(biasCopy.base))
            layer.pack(weights, forward: packed.forward, backward: packed.backward)
            let gradients = (
                weight: FloatBuffer(layer.gradientCount), bias: FloatBuffer((shape.filters + 15) / 16 * 16)
            )
            // The last image in a group of its own.
            let before = shape.batch - 1
            for images in [Images(count: before), Images(first: before, count: 1)] where images.count > 0 {
                layer.forward(packed, images)
                layer.backward(packed, images, biasGradient: gradients.bias.base)
            }
            layer.backwardWeights(Images(count: shape.batch), weightGradient: gradients.weight.base)
            var plain = weights
            layer.unpack(gradients.weight, to: &plain)
            withExtendedLifetime(biasCopy) {}
            output = Array(UnsafeBufferPointer(start: wiring.output.whole, count: dy.count))
            inputGradient = Array(
                UnsafeBufferPointer(start: wiring.inputGradient?.whole, count: x.count))
            weightGradient = plain
            biasGradient = Array(gradients.bias.values.prefix(shape.filters))
        }
    }

    /// The definition: seven loops, in double precision.
    private struct Naive {
        var output, weightGradient, biasGradient, inputGradient: [Double]

        init(_ s: Shape, _ x: [Float], _ weights: [Float], _ bias: [Float], _ dy: [Float]) {
            output = dy.indices.map { Double(bias[$0 % s.filters]) }
            weightGradient = weights.map { _ in 0 }
            biasGradient = bias.map { _ in 0 }
            inputGradient = x.map { _ in 0 }
            for (index, value) in dy.enumerated() { biasGradient[index % s.filters] += Double(value) }
            for n in 0..<s.batch {
                for y in 0..<s.output.height {
                    for x0 in 0..<s.output.width {
                        for f in 0..<s.filters {
                            let out = ((n * s.output.height + y) * s.output.width + x0) * s.filters + f
                            for ky in 0..<s.kernel {
                                for kx in 0..<s.kernel {
                                    let (iy, ix) = (y + ky - s.padding, x0 + kx - s.padding)
                                    guard 0..<s.height ~= iy, 0..<s.width ~= ix else { continue }
                                    for c in 0..<s.channels {
                                        let input = ((n * s.height + iy) * s.width + ix) * s.channels + c
                                        let weight = ((f * s.channels + c) * s.kernel + ky) * s.kernel + kx
                                        output[out] += Double(x[input]) * Double(weights[weight])
                                        weightGradient[weight] += Double(x[input]) * Double(dy[out])
                                        inputGradient[input] += Double(weights[weight]) * Double(dy[out])
                                    }
                                }
                            }
                        }
                    }
                }
            }
        }
    }

    /// Winograd's convolutions round more than the direct loops.
    private func close(_ found: [Float], _ expected: [Double], _ shape: Shape) -> Bool {
        difference(found, expected.map(Float.init)) < (shape.kernel == 3 ? 1e-5 : 2e-6)
    }

    @Test("a convolution and its gradients are what seven nested loops say", arguments: shapes)
    func convolution(shape: Shape) {
        let x = noise(shape.batch * shape.height * shape.width * shape.channels, salt: 1)
        let weights = noise(shape.filters * shape.channels * shape.kernel * shape.kernel, salt: 2)
        let bias = noise(shape.filters, salt: 3)
        let dy = noise(shape.batch * shape.output.count, salt: 4)
        let found = Result(shape, x, weights, bias, dy)
        let expected = Naive(shape, x, weights, bias, dy)
        #expect(close(found.output, expected.output, shape))
        #expect(close(found.weightGradient, expected.weightGradient, shape))
        #expect(close(found.biasGradient, expected.biasGradient, shape))
        #expect(close(found.inputGradient, expected.inputGradient, shape))
    }

    @Test(
        "a product of matrices is what three nested loops say, and nothing beside it is written",
        arguments: [
            (1, 1, 1), (6, 16, 5), (13, 35, 9), (12, 7, 128), (29, 48, 60), (19, 33, 600), (145, 20, 257),
        ])
    func product(rows: Int, columns: Int, depth: Int) {
        let (aStep, bStep, cStep) = (rows + 3, columns + 1, columns + 2)
        let a = noise(depth * aStep, salt: 5)
        let b = noise(depth * bStep, salt: 6)
        var c = [Float](repeating: 7, count: rows * cStep)
        tensor_outer_products(rows, columns, depth, a, aStep, b, bStep, &c, cStep)
        for row in 0..<rows {
            for column in 0..<cStep {
                guard column < columns else {
                    #expect(c[row * cStep + column] == 7)
                    continue
                }
                let terms = (0..<depth).map { Double(a[$0 * aStep + row]) * Double(b[$0 * bStep + column]) }
                // Roundings grow with what is summed, not with the sum.
                let tolerance = terms.reduce(0) { $0 + abs($1) } * 0x1p-22 + 1e-7
                #expect(abs(Double(c[row * cStep + column]) - terms.reduce(0, +)) < tolerance)
            }
        }
    }

    /// Rows and outputs below, at and beyond a panel of sixteen, more rows than are taken at once, and inputs of one band
    /// and of three.
    @Test(
        "a linear layer is what three nested loops say, whichever rows are beside one, and nothing else is written",
        arguments: [(1, 1, 1), (6, 5, 16), (16, 8, 15), (23, 30, 33), (32, 256, 16), (150, 517, 18)],
        [false, true])
    func linear(size: (Int, Int, Int), rectifies: Bool) {
        let (rows, inputs, outputs) = size
        let x = noise(rows * inputs, salt: 7)
        let weights = noise(outputs * inputs, salt: 8)
        let bias = noise(outputs, salt: 9)
        let shape = tensor_weights_shape(
            filters: Int32(outputs), channels: Int32(inputs), kernel: 1, padded_filters: Int32(outputs))
        var packed = [Float](repeating: 0, count: (outputs + 15) / 16 * 16 * inputs)
        tensor_pack_weights(shape, weights, &packed)
        func results(_ rows: Range<Int>, bias: [Float]?) -> [Float] {
            var y = [Float](repeating: 7, count: rows.count * outputs + 20)
            let part = Array(x[rows.lowerBound * inputs..<rows.upperBound * inputs])
            tensor_linear(rows.count, inputs, outputs, part, packed, bias, &y, rectifies ? 1 : 0)
            #expect(y.suffix(20).allSatisfy { $0 == 7 })
            return y.dropLast(20)
        }
        let (y, unbiased) = (results(0..<rows, bias: bias), results(0..<rows, bias: nil))
        for row in 0..<rows {
            #expect(Array(y[row * outputs..<(row + 1) * outputs]) == results(row..<row + 1, bias: bias))
            for output in 0..<outputs {
                let terms = (0..<inputs).map {
                    Double(x[row * inputs + $0]) * Double(weights[output * inputs + $0])
                }
                let tolerance = terms.reduce(0) { $0 + abs($1) } * 0x1p-22 + 1e-6
                for (found, start) in [(y, Double(bias[output])), (unbiased, 0)] {
                    let sum = start + terms.reduce(0, +)
                    #expect(
                        abs(Double(found[row * outputs + output]) - (rectifies ? max(0, sum) : sum))
                            < tolerance)
                }
            }
        }
    }

    @Test("a sample's result does not depend on the samples beside it", arguments: [6, 40])
    func independence(channels: Int) {
        let all = Shape(
            batch: 9, height: 5, width: 5, channels: channels, filters: 20, kernel: 3, padding: 1)
        var one = all
        one.batch = 1
        let image = all.height * all.width * all.channels
        let x = noise(all.batch * image, salt: 1)
        let weights = noise(20 * channels * 9, salt: 2)
        let bias = noise(20, salt: 3)
        let dy = noise(all.batch * all.output.count, salt: 4)
        let together = Result(all, x, weights, bias, dy)
        for n in 0..<all.batch {
            let outputs = n * all.output.count..<(n + 1) * all.output.count
            let alone = Result(
                one, Array(x[n * image..<(n + 1) * image]), weights, bias, Array(dy[outputs]))
            #expect(alone.output == Array(together.output[outputs]))
            #expect(alone.inputGradient == Array(together.inputGradient[n * image..<(n + 1) * image]))
        }
    }
}
