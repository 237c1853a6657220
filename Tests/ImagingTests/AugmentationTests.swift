// Oracles: plain loops below, and torchvision through fixtures/augmentation-golden.txt.

import Dataset
import TestSupport
import Testing

@testable import Imaging

@Suite("Augmentation")
struct AugmentationTests {
    private static let shapes = [
        shape(28, 28, 1), shape(32, 32, 3), shape(1, 1, 1), shape(1, 5, 3), shape(37, 3, 1), shape(17, 40, 3),
    ]
    private static let geometric: [Augmentation.Step] = [
        .flip(probability: 1), .flip(vertical: true, probability: 1), .crop(5), .erase(7),
        .elastic(alpha: 9, sigma: 2),
        .affine(rotation: 20, shift: 3, scale: 0.2, shear: 10),
    ]

    /// Oracle: torchvision (Tests/Oracles/make_augmentation_goldens.py).
    @Test("equals torchvision", arguments: try Fixtures.lines("augmentation-golden.txt"))
    func torchvision(line: String) throws {
        let fields = line.split(separator: " ").map(String.init)
        try #require(fields.count == 5)
        let channels = try #require(Int(fields[3]))
        let (first, second) = (try #require(Double(fields[1])), try #require(Double(fields[2])))
        let shape = shape(16, 12, channels)
        var image = [UInt8](repeating: 0, count: shape.byteCount)
        for index in image.indices
        where (2..<14).contains(index / channels % 16) && (2..<10).contains(index / channels / 16) {
            image[index] = UInt8((UInt32(index) &* 2_654_435_761) >> 24)
        }
        let found = try change(fields[0], first, second, image, shape)
        // torchvision cuts off where brightness and contrast round here, and samples in floating point.
        let tolerance = ["brightness": 1, "contrast": 1, "elastic": 2][fields[0]] ?? 0
        let digits = Array(fields[4])
        try #require(digits.count == 2 * found.count)
        for (index, level) in found.enumerated() {
            let expected = try #require(Int(String(digits[2 * index...2 * index + 1]), radix: 16))
            #expect(abs(Int(level) - expected) <= tolerance, "byte \(index)")
        }
    }

    private func change(
        _ name: String, _ first: Double, _ second: Double, _ image: [UInt8], _ shape: ImageShape
    ) throws -> [UInt8] {
        let factor = Int32((first * 65536).rounded())
        return image.withUnsafeBufferPointer { source in
            switch name {
            case "hflip": augmented(image, shape, Augmentation(.flip(probability: 1)))
            case "vflip": augmented(image, shape, Augmentation(.flip(vertical: true, probability: 1)))
            case "crop":
                written(shape) { Crop.cut(source, from: (Int(first) - 4, Int(second) - 4), shape, to: $0) }
            case "brightness": written(shape) { scaleLevels(source, factor: factor, offset: 0, to: $0) }
            case "contrast": written(shape) { Contrast.adjust(source, by: factor, shape, to: $0) }
            default:
                written(shape) {
                    let field = DisplacementField(size: shape.size, sigma: second)
                    field.draw(key: 0x0123_4567_89AB_CDEF, alpha: first)
                    BilinearSampler(shape: shape).apply(field, from: source, to: $0)
                }
            }
        }
    }

    @Test("a flip mirrors, and twice changes nothing", arguments: shapes)
    func flip(shape: ImageShape) {
        let image = randomImage(shape)
        let (width, height, channels) = (shape.size.width, shape.size.height, shape.channels)
        for isVertical in [false, true] {
            let flip = Augmentation(.flip(vertical: isVertical, probability: 1))
            let flipped = augmented(image, shape, flip)
            for index in image.indices {
                let (x, y, channel) = (index / channels % width, index / channels / width, index % channels)
                let place = isVertical ? (height - 1 - y) * width + x : y * width + width - 1 - x
                #expect(flipped[index] == image[place * channels + channel])
            }
            #expect(augmented(flipped, shape, flip) == image)
        }
    }

    @Test("a crop is the padded image at an offset that its stream draws", arguments: shapes)
    func crop(shape: ImageShape) {
        let image = randomImage(shape)
        let (width, height, channels) = (shape.size.width, shape.size.height, shape.channels)
        for (padding, sample) in [(0, 0), (2, 1), (4, 2), (50, 3)] {
            var random = SeededRandom(seed: 9, purpose: .augmentation, sample: UInt64(sample))
            let (dx, dy) = (offset(&random, padding), offset(&random, padding))
            let found = augmented(image, shape, Augmentation(.crop(padding)), sample: UInt64(sample))
            for index in image.indices {
                let (x, y) = (index / channels % width + dx, index / channels / width + dy)
                let isInside = (0..<width).contains(x) && (0..<height).contains(y)
                let expected =
                    isInside
                    ? image[(y * width + x) * channels + index % channels]
                    : background(image, shape, index % channels)
                #expect(found[index] == expected)
            }
        }
    }

    private func offset(_ random: inout SeededRandom, _ padding: Int) -> Int {
        Int(random.unit() * Double(2 * padding + 1)) - padding
    }

    @Test("an erased square has the background's levels, and nothing else changes", arguments: shapes)
    func erase(shape: ImageShape) {
        let image = randomImage(shape)
        let (width, height, channels) = (shape.size.width, shape.size.height, shape.channels)
        for (side, sample) in [(0, 0), (1, 1), (8, 2), (9, 3), (100, 4)] {
            var random = SeededRandom(seed: 9, purpose: .augmentation, sample: UInt64(sample))
            let left = Int(random.unit() * Double(width)) - side / 2
            let top = Int(random.unit() * Double(height)) - side / 2
            let found = augmented(image, shape, Augmentation(.erase(side)), sample: UInt64(sample))
            for index in image.indices {
                let (x, y) = (index / channels % width, index / channels / width)
                let isErased = (left..<left + side).contains(x) && (top..<top + side).contains(y)
                #expect(
                    found[index] == (isErased ? background(image, shape, index % channels) : image[index]))
            }
        }
    }

    @Test(
        "brightness and contrast equal their definitions in floating point within one level",
        arguments: shapes)
    func tone(shape: ImageShape) {
        let image = randomImage(shape)
        for sample in 0..<20 as Range<UInt64> {
            var random = SeededRandom(seed: 9, purpose: .augmentation, sample: sample)
            let factor = 1 + random.symmetric(0.7)
            let gray =
                shape.channels == 1
                ? image.map(Double.init)
                : (0..<shape.size.area).map { pixel in
                    let (r, g, b) = (image[3 * pixel], image[3 * pixel + 1], image[3 * pixel + 2])
                    return (0.299 * Double(r) + 0.587 * Double(g) + 0.114 * Double(b)).rounded()
                }
            let mean = gray.reduce(0, +) / Double(gray.count)
            let bright = augmented(image, shape, Augmentation(.brightness(0.7)), sample: sample)
            let contrast = augmented(image, shape, Augmentation(.contrast(0.7)), sample: sample)
            for (index, level) in image.enumerated() {
                let expected = min(max(Double(level) * factor, 0), 255)
                #expect(abs(Double(bright[index]) - expected) <= 0.51)
                let other = min(max(mean + (Double(level) - mean) * factor, 0), 255)
                #expect(abs(Double(contrast[index]) - other) <= 1)
            }
        }
    }

    @Test("without a range, brightness and contrast change nothing")
    func noRange() {
        let image = randomImage(shape(28, 28, 1))
        #expect(
            augmented(image, shape(28, 28, 1), Augmentation(.brightness(0), .contrast(0), .crop(0))) == image)
    }

    @Test("a channel of a changed colour image is the channel, changed as gray", arguments: geometric)
    func channels(step: Augmentation.Step) {
        for (width, height) in [(32, 32), (28, 28), (8, 9), (9, 5), (17, 31), (5, 5), (100, 70)] {
            let image = randomImage(shape(width, height, 3))
            let found = augmented(image, shape(width, height, 3), Augmentation(step))
            for channel in 0..<3 {
                let gray = augmented(plane(channel, image), shape(width, height, 1), Augmentation(step))
                #expect(plane(channel, found) == gray, "\(width)x\(height)")
            }
        }
    }
}
