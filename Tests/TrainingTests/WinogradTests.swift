// Winograd's convolutions against the direct loops and sums in double precision, for both sizes of kernels.

import CTensor
import Foundation
import Testing

@testable import Training

@Suite("Winograd's convolutions")
struct WinogradTests {
    /// What both ways are given: images with their border, output gradients with channels to a multiple of sixteen.
    private struct Case {
        var shape: tensor_convolution_shape
        let weightsShape: tensor_weights_shape
        let images, weights, bias, gradient: [Float]
        var outputCount: Int { Int(shape.batch * shape.rows * shape.columns * shape.filters) }
        var gradientCount: Int {
            Int(
                weightsShape.padded_filters * weightsShape.kernel * weightsShape.kernel
                    * weightsShape.channels)
        }

        init(_ batch: Int, _ rows: Int, _ columns: Int, _ channels: Int, _ filters: Int, kernel: Int) {
            let padded = (filters + 15) / 16 * 16
            shape = tensor_convolution_shape(
                batch: Int32(batch), padded_height: Int32(rows + kernel - 1),
                padded_width: Int32(columns + kernel - 1),
                channels: Int32(channels), top: 0, bottom: 0, kernel: Int32(kernel), rows: Int32(rows),
                columns: Int32(columns), filters: Int32(filters), gradient_height: Int32(rows),
                gradient_width: Int32(columns), gradient_channels: Int32(padded))
            weightsShape = tensor_weights_shape(
                filters: Int32(filters), channels: Int32(channels), kernel: Int32(kernel),
                padded_filters: Int32(padded))
            images = noise(batch * (rows + kernel - 1) * (columns + kernel - 1) * channels, salt: 1)
            weights = noise(filters * channels * kernel * kernel, salt: 2)
            bias = noise(filters, salt: 3)
            let values = noise(batch * rows * columns * padded, salt: 4)
            gradient = values.enumerated().map { $0 % padded < filters ? $1 : 0 }
        }

        /// The outputs, rectified, and the weight gradient.
        ///
        /// What lies behind the outputs must stay as it is, so it is returned too.
        mutating func run(direct: Bool) -> (output: [Float], weightGradient: [Float]) {
            var output = [Float](repeating: 7, count: outputCount + 16)
            var packed = [Float](repeating: 0, count: gradientCount * 4)
            var sums = [Float](repeating: .nan, count: gradientCount)
            var plain = weights
            if direct {
                tensor_pack_weights(weightsShape, weights, &packed)
                tensor_convolution(&shape, images, packed, bias, &output, 1)
                tensor_convolution_weights(&shape, images, gradient, &sums)
            } else {
                let count = max(
                    tensor_winograd_scratch(&shape), tensor_winograd_weights_scratch(&shape))
                let scratch = FloatBuffer(count)
                tensor_winograd_pack(weightsShape, weights, &packed)
                tensor_winograd(&shape, images, packed, bias, &output, 1, scratch.base)
                tensor_winograd_weights(&shape, images, gradient, &sums, scratch.base)
            }
            tensor_unpack_weights(weightsShape, sums, &plain)
            return (output, plain)
        }

        /// What `run` computes, in double precision.
        func exactOutput() -> [Double] {
            let (rows, columns) = (Int(shape.rows), Int(shape.columns))
            let (channels, filters) = (Int(shape.channels), Int(shape.filters))
            return (0..<outputCount).map { index in
                let (filter, pixel) = (index % filters, index / filters)
                let (x, y, image) = (pixel % columns, pixel / columns % rows, pixel / columns / rows)
                var sum = Double(bias[filter])
                for (tap, (dy, dx)) in taps.enumerated() {
                    let place = ((image * height + y + dy) * width + x + dx) * channels
                    for channel in 0..<channels {
                        sum +=
                            Double(images[place + channel])
                            * Double(weights[(filter * channels + channel) * taps.count + tap])
                    }
                }
                return max(sum, 0)
            }
        }

        func exactWeightGradient() -> [Double] {
            let (rows, columns) = (Int(shape.rows), Int(shape.columns))
            let (channels, filters) = (Int(shape.channels), Int(shape.filters))
            var sums = [Double](repeating: 0, count: filters * channels * taps.count)
            for pixel in 0..<Int(shape.batch) * rows * columns {
                let (x, y, image) = (pixel % columns, pixel / columns % rows, pixel / columns / rows)
                for (tap, (dy, dx)) in taps.enumerated() {
                    let place = ((image * height + y + dy) * width + x + dx) * channels
                    for filter in 0..<filters {
                        let factor = Double(gradient[pixel * Int(shape.gradient_channels) + filter])
                        for channel in 0..<channels {
                            sums[(filter * channels + channel) * taps.count + tap] +=
                                factor * Double(images[place + channel])
                        }
                    }
                }
            }
            return sums
        }

        private var height: Int { Int(shape.padded_height) }
        private var width: Int { Int(shape.padded_width) }
        private var taps: [(Int, Int)] {
            let side = Int(shape.kernel)
            return (0..<side * side).map { ($0 / side, $0 % side) }
        }
    }

    @Test("give what the direct loops give, and write nothing beside it", arguments: [3, 4])
    func sameAsDirect(kernel: Int) {
        for (batch, rows, columns, channels, filters) in [
            (1, 1, 1, 1, 1), (2, 4, 4, 16, 16), (3, 5, 7, 3, 5), (2, 9, 2, 17, 33), (7, 3, 3, 40, 20),
            (1, 33, 30, 24, 48), (5, 6, 6, 130, 15),
        ] {
            var all = Case(batch, rows, columns, channels, filters, kernel: kernel)
            let (direct, found) = (all.run(direct: true), all.run(direct: false))
            let place: Comment = "\(batch)x\(rows)x\(columns)x\(channels) to \(filters)"
            #expect(difference(found.output, direct.output) < 1e-5, place)
            #expect(difference(found.weightGradient, direct.weightGradient) < 1e-5, place)
            #expect(found.output.suffix(16).allSatisfy { $0 == 7 }, place)
        }
    }

    /// Rows and columns, channels and filters of the recipes' convolutions that are computed this way, and of their input
    /// gradients, which are convolutions with channels and filters exchanged.
    private static let recipeShapes = [
        (24, 32, 32, 3), (10, 32, 64, 3), (12, 64, 32, 3), (8, 64, 64, 3), (4, 64, 128, 3), (4, 128, 64, 3),
        (4, 128, 128, 3), (14, 16, 32, 3), (14, 32, 16, 3), (14, 32, 64, 3), (14, 64, 32, 3), (24, 64, 32, 3),
        (31, 24, 64, 3), (15, 64, 64, 3), (7, 256, 256, 3), (3, 256, 256, 3), (15, 32, 64, 4),
        (11, 64, 128, 4),
        (12, 128, 64, 4), (4, 128, 256, 4), (5, 256, 128, 4),
    ]

    /// Oracle: the same sums in double precision. With PREP_TEST_TABLES set, prints a row for each shape.
    @Test(
        "have errors of at most 1.5e-6 of their results, direct ones of at most 1e-6", arguments: recipeShapes
    )
    func errors(shape: (size: Int, channels: Int, filters: Int, kernel: Int)) {
        var all = Case(1, shape.size, shape.size, shape.channels, shape.filters, kernel: shape.kernel)
        let exact = (all.exactOutput(), all.exactWeightGradient())
        let errors = [true, false].map { direct in
            let found = all.run(direct: direct)
            return (relativeError(found.output, exact.0), relativeError(found.weightGradient, exact.1))
        }
        #expect(errors.allSatisfy { $0.0 < 1.5e-6 && $0.1 < 1.5e-6 }, "\(errors)")
        guard ProcessInfo.processInfo.environment["PREP_TEST_TABLES"] != nil else { return }
        let columns = (errors.map(\.0) + errors.map(\.1)).map { ($0 * 1e8).rounded() / 10 }
        print(
            "| \(shape.size) | \(shape.kernel) | \(shape.channels) | \(shape.filters) |",
            columns.map { "\($0) |" }.joined(separator: " "))
    }

    /// The root mean square of the differences, divided by that of `exact`.
    private func relativeError(_ found: [Float], _ exact: [Double]) -> Double {
        var (difference, size) = (0.0, 0.0)
        for (value, wanted) in zip(found, exact) {
            difference += (Double(value) - wanted) * (Double(value) - wanted)
            size += wanted * wanted
        }
        return (difference / size).squareRoot()
    }

    @Test("are chosen by the shape: not for gray pixels nor other kernels, but where there are many channels")
    func choice() {
        func wins(_ rows: Int, _ channels: Int, _ filters: Int, kernel: Int) -> [Bool] {
            var shape = Case(32, rows, rows, channels, filters, kernel: kernel).shape
            return [tensor_winograd_wins(&shape) != 0, tensor_winograd_weights_wins(&shape) != 0]
        }
        for kernel in [3, 4] {
            #expect(wins(28, 1, 32, kernel: kernel) == [false, false])
            #expect(wins(26, 32, 32, kernel: kernel) == [true, true])
            #expect(wins(3, 128, 128, kernel: kernel) == [true, true])
        }
        #expect(wins(26, 32, 32, kernel: 2) == [false, false])
        #expect(wins(26, 32, 32, kernel: 5) == [false, false])
    }
}
