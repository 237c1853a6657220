// Winograd's convolutions against the direct loops, for both sizes of tiles, also where the other would be chosen.

import CTensor
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
        var gradientCount: Int { Int(weightsShape.padded_filters * 9 * weightsShape.channels) }

        init(_ batch: Int, _ rows: Int, _ columns: Int, _ channels: Int, _ filters: Int) {
            let padded = (filters + 15) / 16 * 16
            shape = tensor_convolution_shape(
                batch: Int32(batch), padded_height: Int32(rows + 2), padded_width: Int32(columns + 2),
                channels: Int32(channels), top: 0, bottom: 0, kernel: 3, rows: Int32(rows),
                columns: Int32(columns), filters: Int32(filters), gradient_height: Int32(rows),
                gradient_width: Int32(columns), gradient_channels: Int32(padded))
            weightsShape = tensor_weights_shape(
                filters: Int32(filters), channels: Int32(channels), kernel: 3, padded_filters: Int32(padded))
            images = noise(batch * (rows + 2) * (columns + 2) * channels, salt: 1)
            weights = noise(filters * channels * 9, salt: 2)
            bias = noise(filters, salt: 3)
            let values = noise(batch * rows * columns * padded, salt: 4)
            gradient = values.enumerated().map { $0 % padded < filters ? $1 : 0 }
        }

        /// The outputs, rectified, and the weight gradient; 0 stands for the direct loops.
        ///
        /// What lies behind the outputs must stay as it is, so it is returned too.
        mutating func run(tile: Int32) -> (output: [Float], weightGradient: [Float]) {
            var output = [Float](repeating: 7, count: outputCount + 16)
            var packed = [Float](repeating: 0, count: gradientCount * 4)
            var sums = [Float](repeating: .nan, count: gradientCount)
            var plain = weights
            if tile == 0 {
                tensor_pack_weights(weightsShape, weights, &packed)
                tensor_convolution(&shape, images, packed, bias, &output, 1)
                tensor_convolution_weights(&shape, images, gradient, &sums)
            } else {
                let count = max(
                    tensor_winograd_scratch(&shape, tile), tensor_winograd_weights_scratch(&shape, tile))
                let scratch = FloatBuffer(count)
                tensor_winograd_pack(weightsShape, tile, weights, &packed)
                tensor_winograd(&shape, tile, images, packed, bias, &output, 1, scratch.base)
                tensor_winograd_weights(&shape, tile, images, gradient, &sums, scratch.base)
            }
            tensor_unpack_weights(weightsShape, sums, &plain)
            return (output, plain)
        }
    }

    @Test("give what the direct loops give, and write nothing beside it", arguments: [Int32(2), 4])
    func sameAsDirect(tile: Int32) {
        for (batch, rows, columns, channels, filters) in [
            (1, 1, 1, 1, 1), (2, 4, 4, 16, 16), (3, 5, 7, 3, 5), (2, 9, 2, 17, 33), (7, 3, 3, 40, 20),
            (1, 33, 30, 24, 48), (5, 6, 6, 130, 15),
        ] {
            var all = Case(batch, rows, columns, channels, filters)
            let (direct, found) = (all.run(tile: 0), all.run(tile: tile))
            let place: Comment = "\(batch)x\(rows)x\(columns)x\(channels) to \(filters)"
            #expect(difference(found.output, direct.output) < 1e-5, place)
            #expect(difference(found.weightGradient, direct.weightGradient) < 1e-5, place)
            #expect(found.output.suffix(16).allSatisfy { $0 == 7 }, place)
        }
    }

    @Test("are chosen by the shape: not for gray pixels, for tiles of four where there are many channels")
    func choice() {
        func tiles(_ rows: Int, _ channels: Int, _ filters: Int) -> [Int32] {
            var shape = Case(32, rows, rows, channels, filters).shape
            return [tensor_winograd_tile(&shape), tensor_winograd_weights_tile(&shape)]
        }
        #expect(tiles(28, 1, 32) == [0, 0])
        #expect(tiles(26, 32, 32) == [4, 4])
        #expect(tiles(3, 128, 128) == [4, 4])
        #expect(tiles(2, 64, 64) == [2, 2])
    }
}
