// Oracle: the digits themselves. Enlarged and brought back to MNIST's shape, they must be what they were.

import Dataset
import Imaging
import Shards
import TestSupport
import Testing

@testable import Pipeline

/// How well digits survive being enlarged and brought back.
private struct RoundTrip {
    /// Mean absolute difference of pixels, 0...255, over all digits.
    var difference = 0.0
    /// The share of digits whose centre of mass is at most half a pixel from where it was.
    var steady = 0.0
    /// The share whose centre of mass is at most half a pixel from pixel 14, both ways.
    var centered = 0.0

    /// - Parameters:
    ///   - images: 28x28 digits in MNIST's shape, one after the other
    ///   - canvas: pixels of paper around the enlarged digit: left, top, right, bottom
    init(
        _ images: [UInt8], factor: Int, filter: ResizeFilter, canvas: [Int] = [0, 0, 0, 0],
        invert: Bool = false
    ) {
        let count = images.count / 784
        let side = 28 * factor
        let size = ImageSize(width: side + canvas[0] + canvas[2], height: side + canvas[1] + canvas[3])
        var workspace = Workspace()
        var (total, near, inPlace) = (0, 0, 0)
        for index in 0..<count {
            let digit = Array(images[index * 784..<(index + 1) * 784])
            var image = PixelBuffer(
                digit, shape: ImageShape(size: ImageSize(width: 28, height: 28), channels: 1))
            Resize(size: ImageSize(width: side, height: side), filter: filter).apply(
                to: &image, workspace: &workspace)
            var photo = [UInt8](repeating: 0, count: size.area)
            for y in 0..<side {
                for x in 0..<side {
                    photo[(y + canvas[1]) * size.width + x + canvas[0]] = image.bytes[y * side + x]
                }
            }
            if invert { photo = photo.map { 255 - $0 } }
            image = PixelBuffer(photo, shape: ImageShape(size: size, channels: 1))
            MNISTShape(size: ImageSize(width: 28, height: 28)).apply(to: &image, workspace: &workspace)
            total += zip(image.bytes, digit).reduce(0) { $0 + abs(Int($1.0) - Int($1.1)) }
            let (before, after) = (Self.center(digit), Self.center(Array(image.bytes)))
            let (dx, dy) = (after.x - before.x, after.y - before.y)
            near += dx * dx + dy * dy <= 0.25 ? 1 : 0
            inPlace += abs(after.x - 14) <= 0.5 && abs(after.y - 14) <= 0.5 ? 1 : 0
        }
        difference = Double(total) / Double(images.count)
        steady = Double(near) / Double(count)
        centered = Double(inPlace) / Double(count)
    }

    private static func center(_ digit: [UInt8]) -> (x: Double, y: Double) {
        var (total, x, y) = (0, 0, 0)
        for (index, pixel) in digit.enumerated() {
            total += Int(pixel)
            x += Int(pixel) * (index % 28)
            y += Int(pixel) * (index / 28)
        }
        return (Double(x) / Double(max(total, 1)), Double(y) / Double(max(total, 1)))
    }
}

@Suite("MNIST's own procedure")
struct MNISTProcedureTests {
    private let folder: TemporaryFolder

    init() throws { folder = try TemporaryFolder() }

    private func images(_ input: String, fit: Fit?) throws -> [UInt8] {
        var configuration = try PipelineConfiguration.named("mnist")
        try configuration.override(size: nil, filter: nil, fit: fit)
        configuration.ratios = try #require(SplitRatios([0, 0, 1]))
        _ = try Preparation(
            configuration: configuration, input: input, output: folder("x"), workers: 2, memory: 1 << 28,
            overwrite: true
        ).run()
        let dataset = try PreparedDataset(folder("x"))
        return try dataset.manifest.shards.flatMap {
            try ShardReader(dataset, $0.split, $0.number).samples().images
        }
    }

    @Test("digits that were brought to MNIST's shape, enlarged, come back as they were")
    func fixtures() throws {
        let digits = try images(Fixtures.path("mnist"), fit: .mnist)
        for (factor, filter) in [(4, ResizeFilter.bilinear), (5, .bicubic)] {
            let result = RoundTrip(digits, factor: factor, filter: filter)
            #expect(result.difference < 8 && result.steady >= 0.97, "\(factor) \(filter) \(result)")
        }
    }

    @Test("real MNIST, enlarged, comes back as it was", .enabled(if: Fixtures.realData != nil))
    func real() throws {
        let all = try images(Fixtures.mnistFolder, fit: nil)
        // 10,000 of them, in the dataset's random order.
        let digits = Array(all.prefix(10_000 * 784))
        for (factor, filter) in [(4, ResizeFilter.bilinear), (5, .bicubic)] {
            let result = RoundTrip(digits, factor: factor, filter: filter)
            #expect(result.difference < 8 && result.steady >= 0.99 && result.centered >= 0.5)
        }
        // Dark on light and off centre in a larger picture, nothing says where the digit lay.
        let result = RoundTrip(
            digits, factor: 4, filter: .bicubic, canvas: [31, 9, 5, 60], invert: true)
        #expect(result.difference < 12 && result.centered >= 0.99)
    }
}
