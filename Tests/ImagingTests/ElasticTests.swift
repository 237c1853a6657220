// Oracle: a plain implementation of Simard's definition in floating point, below.

import CKernels
import Dataset
import Foundation
import Testing

@testable import Imaging

@Suite("Elastic distortion")
struct ElasticTests {
    private let key: UInt64 = 0xFEDC_BA98_7654_3210

    /// Noise from -1 to 1 from Philox blocks, in the order that CKernels.h gives.
    private func noise(_ count: Int) -> [Double] {
        let words = SIMD2(UInt32(truncatingIfNeeded: key), UInt32(truncatingIfNeeded: key >> 32))
        return (0..<count).map { index in
            let (group, word, block, half) = (index / 64, index / 16 % 4, index / 2 % 8, index % 2)
            let counter = SIMD4(UInt32(8 * group + block), 0, 0, 0)
            let bits = Philox.block(counter: counter, key: words)[word] >> (16 * UInt32(half))
            return Double(Int16(truncatingIfNeeded: bits) >> 1) / 16384
        }
    }

    /// A Gaussian of four sigma on each side, with mirror images outside, along rows and then columns.
    private func blurred(_ field: [Double], _ size: ImageSize, sigma: Double) -> [Double] {
        let radius = Int(8 * sigma + 1) / 2
        let weights = (-radius...radius).map { exp(-Double($0 * $0) / (2 * sigma * sigma)) }
        let sum = weights.reduce(0, +)
        func mirror(_ index: Int, _ count: Int) -> Int {
            let period = max(2 * (count - 1), 1)
            let place = ((index % period) + period) % period
            return min(place, period - place) % count
        }
        func pass(_ field: [Double], _ place: (Int, Int) -> (Int, Int)) -> [Double] {
            (0..<size.area).map { index in
                var total = 0.0
                for (tap, weight) in weights.enumerated() {
                    let (dx, dy) = place(tap - radius, 0)
                    let x = mirror(index % size.width + dx, size.width)
                    let y = mirror(index / size.width + dy, size.height)
                    total += weight / sum * field[y * size.width + x]
                }
                return total
            }
        }
        return pass(pass(field) { step, _ in (step, 0) }) { step, _ in (0, step) }
    }

    private func displacements(_ size: ImageSize, alpha: Double, sigma: Double, useVectors: Bool = true)
        -> [Int32]
    {
        var field = DisplacementField(size: size, sigma: sigma)
        field.useVectors = useVectors
        field.draw(key: key, alpha: alpha)
        return Array(UnsafeBufferPointer(start: field.across, count: 2 * size.area))
    }

    @Test("displacements are uniform noise, blurred and multiplied", arguments: [0.5, 1, 2.3, 4, 10, 64])
    func definition(sigma: Double) {
        for (width, height) in [(28, 28), (40, 17), (7, 3), (1, 1), (1, 30), (33, 2)] {
            let size = ImageSize(width: width, height: height)
            let noise = noise(2 * size.area)
            for axis in 0..<2 {
                let field = Array(noise[axis * size.area..<(axis + 1) * size.area])
                let expected = blurred(field, size, sigma: sigma)
                let found = displacements(size, alpha: 20, sigma: sigma)[(axis * size.area)...]
                for (found, expected) in zip(found, expected) {
                    #expect(abs(Double(found) / 65536 - 20 * expected) < 0.02)
                }
            }
        }
    }

    @Test("the vectors give what the plain loops give, at every width")
    func vectors() {
        for width in 1...70 {
            let size = ImageSize(width: width, height: 11)
            for sigma in [0.5, 3, 3.1] {
                let fields = [true, false].map {
                    displacements(size, alpha: 30, sigma: sigma, useVectors: $0)
                }
                #expect(fields[0] == fields[1], "width \(width)")
            }
            for channels in [1, 3] {
                let shape = ImageShape(size: size, channels: channels)
                let images = [true, false].map { sampled(randomImage(shape), shape, useVectors: $0) }
                #expect(images[0] == images[1], "width \(width)")
            }
        }
    }

    private func sampled(_ image: [UInt8], _ shape: ImageShape, useVectors: Bool) -> [UInt8] {
        let field = DisplacementField(size: shape.size, sigma: 2)
        field.draw(key: key, alpha: 40)
        var sampler = BilinearSampler(shape: shape)
        sampler.vectors = useVectors ? KERNELS_AVX512 : KERNELS_PLAIN
        return image.withUnsafeBufferPointer { source in
            written(shape) { sampler.apply(field, from: source, to: $0) }
        }
    }

    @Test("the largest displacements stay inside the image's memory")
    func far() {
        for (width, height) in [(40, 40), (3, 50), (2000, 2)] {
            let shape = shape(width, height, 3)
            let image = [UInt8](repeating: 90, count: shape.byteCount)
            #expect(augmented(image, shape, Augmentation(.elastic(alpha: 4096, sigma: 0.5))) == image)
        }
    }

    @Test("no displacement changes nothing")
    func none() {
        let image = randomImage(shape(28, 28, 1))
        #expect(augmented(image, shape(28, 28, 1), Augmentation(.elastic(alpha: 0, sigma: 4))) == image)
    }

    @Test("weights are positive on the whole and have the sum that the blur divides by")
    func weights() {
        for tenth in 5...640 {
            let weights = gaussianWeights(sigma: Double(tenth) / 10).map { Int($0) }
            #expect(weights[0] + 2 * weights.dropFirst().reduce(0, +) == 32768)
            #expect(weights.allSatisfy { $0 >= 0 } && weights.count <= 257)
        }
    }
}
