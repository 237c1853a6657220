// Oracle: a plain implementation in floating point, below.

import CKernels
import Dataset
import Foundation
import TestSupport
import Testing

@testable import Imaging

@Suite("Affine augmentation")
struct AffineTests {
    private let size = ImageSize(width: 28, height: 28)

    private func sample(_ seed: UInt64) -> [UInt8] {
        var random = SeededRandom(seed: seed, purpose: .synthesis)
        var pixels = [UInt8](repeating: 12, count: size.area)
        for y in 4..<24 { for x in 4..<24 { pixels[y * 28 + x] = UInt8(random.below(256)) } }
        return pixels
    }

    private func apply(_ parameters: AffineParameters, _ pixels: [UInt8], _ size: ImageSize? = nil) -> [UInt8]
    {
        let size = size ?? self.size
        let sampler = BilinearSampler(shape: ImageShape(size: size, channels: 1))
        return [UInt8](unsafeUninitializedCapacity: size.area) { output, count in
            pixels.withUnsafeBufferPointer {
                sampler.apply(
                    parameters, from: $0, to: UnsafeMutableBufferPointer(rebasing: output[..<size.area]))
            }
            count = size.area
        }
    }

    /// Rotates, scales and shears forwards from first principles, inverts the matrix, samples bilinearly.
    private func reference(_ p: AffineParameters, _ pixels: [UInt8], background: Double) -> [Double] {
        let angle = p.rotation * .pi / 180
        let slant = tan(p.shear * .pi / 180)
        // rotation * scale * shear, y downwards.
        let a = p.scale * cos(angle), b = p.scale * (cos(angle) * slant + sin(angle))
        let c = -p.scale * sin(angle), d = p.scale * (-sin(angle) * slant + cos(angle))
        let determinant = a * d - b * c
        func level(_ x: Int, _ y: Int) -> Double {
            (0..<28).contains(x) && (0..<28).contains(y) ? Double(pixels[y * 28 + x]) : background
        }
        return (0..<784).map { index in
            let (u, v) = (Double(index % 28) - 13.5 - p.shiftX, Double(index / 28) - 13.5 - p.shiftY)
            let x = (d * u - b * v) / determinant + 13.5
            let y = (-c * u + a * v) / determinant + 13.5
            let (x0, y0) = (Int(x.rounded(.down)), Int(y.rounded(.down)))
            let (fx, fy) = (x - Double(x0), y - Double(y0))
            let top = level(x0, y0) * (1 - fx) + level(x0 + 1, y0) * fx
            let below = level(x0, y0 + 1) * (1 - fx) + level(x0 + 1, y0 + 1) * fx
            return top * (1 - fy) + below * fy
        }
    }

    @Test("every draw equals the plain implementation within one gray level")
    func reference() {
        let ranges = RandomAffine(rotation: 30, shift: 4, scale: 0.2, shear: 15)
        for seed in 0..<100 {
            let pixels = sample(UInt64(seed))
            var random = SeededRandom(seed: 5, purpose: .augmentation, sample: UInt64(seed))
            let parameters = ranges.draw(&random)
            let expected = reference(parameters, pixels, background: 12)
            for (found, wanted) in zip(apply(parameters, pixels), expected) {
                #expect(abs(Double(found) - wanted) <= 1)
            }
        }
    }

    @Test("the vectors give what the plain loop gives, at every width")
    func vectors() {
        for width in 1...70 {
            let size = ImageSize(width: width, height: 9)
            var random = SeededRandom(seed: 6, purpose: .augmentation, sample: UInt64(width))
            let pixels = (0..<size.area).map { _ in UInt8(random.below(256)) }
            let parameters = (0..<20).map { _ in
                RandomAffine(rotation: 180, shift: 5, scale: 0.8, shear: 60).draw(&random)
            }
            let results = [KERNELS_PLAIN, KERNELS_AVX2, KERNELS_AVX512].map { vectors in
                parameters.map { sampled(pixels, size, $0, vectors) }
            }
            #expect(results[0] == results[1], "width \(width)")
            #expect(results[0] == results[2], "width \(width)")
        }
    }

    private func sampled(
        _ pixels: [UInt8], _ size: ImageSize, _ parameters: AffineParameters, _ vectors: kernels_vectors
    ) -> [UInt8] {
        var sampler = BilinearSampler(shape: ImageShape(size: size, channels: 1))
        sampler.vectors = vectors
        return [UInt8](unsafeUninitializedCapacity: size.area) { output, count in
            pixels.withUnsafeBufferPointer {
                sampler.apply(
                    parameters, from: $0, to: UnsafeMutableBufferPointer(rebasing: output[..<size.area]))
            }
            count = size.area
        }
    }

    @Test(
        "images with the longest sides that are allowed are sampled inside their memory",
        arguments: [false, true])
    func longSides(isWide: Bool) {
        let size = isWide ? ImageSize(width: 65_536, height: 2) : ImageSize(width: 2, height: 65_536)
        // Turned by half a circle, the last pixel becomes the first.
        var pixels = [UInt8](repeating: 0, count: size.area)
        pixels[size.area - 1] = 200
        let turned = apply(AffineParameters(rotation: 180), pixels, size)
        #expect(turned[0] == 200 && turned.count { $0 != 0 } == 1)
        _ = apply(AffineParameters(rotation: 10, scale: 0.5), pixels, size)
    }

    /// Oracle: Pillow, through fixtures/affine-golden.txt (Tests/Oracles/make_affine_goldens.py).
    @Test(
        "equals Pillow's bilinear affine transform within one gray level",
        arguments: try Fixtures.lines("affine-golden.txt"))
    func pillow(line: String) throws {
        let fields = line.split(separator: " ")
        try #require(fields.count == 5 && fields[4].utf8.count == 2 * 784)
        let numbers = fields.prefix(4).compactMap { Double($0) }
        var pixels = [UInt8](repeating: 0, count: 784)
        for y in 4..<24 {
            for x in 4..<24 { pixels[y * 28 + x] = UInt8((UInt32(y * 28 + x) &* 2_654_435_761) >> 24) }
        }
        let parameters = AffineParameters(
            rotation: numbers[0], shiftX: numbers[1], shiftY: numbers[2], scale: numbers[3])
        let digits = Array(fields[4])
        for (index, found) in apply(parameters, pixels).enumerated() {
            let expected = try #require(Int(String(digits[2 * index...2 * index + 1]), radix: 16))
            #expect(abs(Int(found) - expected) <= 1, "at \(index % 28), \(index / 28)")
        }
    }

    @Test("no rotation and no shift change nothing")
    func identity() {
        #expect(apply(AffineParameters(), sample(1)) == sample(1))
        var random = SeededRandom(seed: 5, purpose: .augmentation)
        #expect(RandomAffine().draw(&random) == AffineParameters())
    }

    @Test("a turn by 90 degrees is exact, counter-clockwise and about the centre")
    func quarterTurn() {
        let pixels = sample(2)
        let turned = apply(AffineParameters(rotation: 90), pixels)
        // What was at the right edge is now at the top.
        var expected: [UInt8] = []
        for y in 0..<28 { for x in 0..<28 { expected.append(pixels[x * 28 + 27 - y]) } }
        #expect(turned == expected)
    }

    @Test("a whole-pixel shift moves pixels and fills with the background")
    func shift() {
        let pixels = sample(3)
        let moved = apply(AffineParameters(shiftX: 2, shiftY: -1), pixels)
        for y in 0..<28 {
            for x in 0..<28 {
                let inside = x >= 2 && y + 1 < 28
                #expect(moved[y * 28 + x] == (inside ? pixels[(y + 1) * 28 + x - 2] : 12))
            }
        }
    }

    @Test("sizes other than square work, down to a single pixel")
    func otherSizes() {
        for (width, height) in [(1, 1), (3, 9), (40, 2)] {
            let size = ImageSize(width: width, height: height)
            let pixels = [UInt8](repeating: 77, count: size.area)
            #expect(apply(AffineParameters(rotation: 33, shiftX: 1), pixels, size) == pixels)
        }
    }

    /// Oracle: the C library.
    @Test("sine and cosine are right to the last few bits")
    func trigonometry() {
        for tenth in -4000...4000 {
            let degrees = Double(tenth) / 10
            let (sine, cosine) = sineAndCosine(degrees: degrees)
            #expect(abs(sine - sin(degrees * .pi / 180)) < 3e-15)
            #expect(abs(cosine - cos(degrees * .pi / 180)) < 3e-15)
        }
        #expect(sineAndCosine(degrees: 90) == (1, 0))
        #expect(sineAndCosine(degrees: -180) == (0, -1))
    }
}
