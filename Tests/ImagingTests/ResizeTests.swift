// Oracle: Pillow, through fixtures/resize-golden.txt (Tests/Oracles/make_resize_goldens.py), and
// naive loops.

import Dataset
import TestSupport
import Testing

@testable import Imaging

@Suite("Resizing")
struct ResizeTests {
    /// The pattern that the golden script resizes: the top byte of i * 2654435761 mod 2^32.
    private func pattern(_ shape: ImageShape) -> PixelBuffer {
        PixelBuffer(
            (0..<shape.byteCount).map { UInt8((UInt32(truncatingIfNeeded: $0) &* 2_654_435_761) >> 24) },
            shape: shape)
    }

    @Test(
        "the five filters equal Pillow's in every pixel, up and down, gray and colour",
        arguments: try Fixtures.lines("resize-golden.txt").filter {
            !$0.hasPrefix("kaggle") && !$0.hasPrefix("cover")
        })
    func golden(line: String) throws { try compare(line.split(separator: " ").map(String.init), .stretch) }

    @Test(
        "cover equals torchvision's Resize and CenterCrop of Pillow's images",
        arguments: try Fixtures.lines("resize-golden.txt").filter { $0.hasPrefix("cover") })
    func cover(line: String) throws {
        try compare(line.split(separator: " ").dropFirst().map(String.init), .cover)
    }

    private func compare(_ fields: [String], _ fit: Fit) throws {
        try #require(fields.count == 5)
        let filter = try #require(ResizeFilter(rawValue: fields[0]))
        func size(_ text: String) -> ImageSize {
            let parts = text.split(separator: "x").compactMap { Int($0) }
            return ImageSize(width: parts[0], height: parts[1])
        }
        var image = pattern(ImageShape(size: size(fields[1]), channels: Int(fields[3]) ?? 1))
        var workspace = Workspace()
        Resize(size: size(fields[2]), filter: filter, fit: fit).apply(to: &image, workspace: &workspace)
        #expect(Digest(of: Array(image.bytes)).hex == fields[4])
    }

    @Test("tables of weights are kept up to 8 MB, and are those that would be made anew")
    func cache() {
        var cache = ResizeWeightsCache()
        for input in stride(from: 65_536, to: 65_524, by: -1) {
            let table = cache.weights(from: input, to: 28, filter: .lanczos)
            #expect(cache.weightCount >= table.weights.count)
            #expect(cache.weightCount <= ResizeWeightsCache.weightLimit)
        }
        let kept = cache.weights(from: 65_525, to: 28, filter: .lanczos)
        #expect(kept.weights == ResizeWeights(from: 65_525, to: 28, filter: .lanczos).weights)
        let count = cache.weightCount
        _ = cache.weights(from: 5_000_000, to: 28, filter: .box)
        #expect(cache.weightCount <= count, "a table of more than 8 MB is not kept")
    }

    @Test("contain keeps the aspect, centres, and fills with the image's own background")
    func contain() {
        // A dark 10x20 image with a light spot, into 28x28: 14x28 in the middle.
        var pixels = [UInt8](repeating: 40, count: 200)
        pixels[10 * 10 + 5] = 255
        var image = PixelBuffer(
            pixels, shape: ImageShape(size: ImageSize(width: 10, height: 20), channels: 1))
        var workspace = Workspace()
        let stage = Resize(size: ImageSize(width: 28, height: 28), fit: .contain)
        #expect(stage.containedSize(of: image.shape.size) == ImageSize(width: 14, height: 28))
        stage.apply(to: &image, workspace: &workspace)
        let result = Array(image.bytes)
        for y in 0..<28 {
            for x in Array(0..<7) + Array(21..<28) { #expect(result[y * 28 + x] == 40) }
        }
        #expect(result.contains { $0 > 100 })
    }

    @Test("contain never makes a side of zero pixels")
    func thin() {
        var image = pattern(ImageShape(size: ImageSize(width: 1000, height: 2), channels: 1))
        var workspace = Workspace()
        Resize(size: ImageSize(width: 28, height: 28), fit: .contain).apply(to: &image, workspace: &workspace)
        #expect(image.shape.size == ImageSize(width: 28, height: 28))
    }
}

@Suite("Levels")
struct LevelTests {
    @Test("gray conversion equals Pillow's formula for every kind of colour")
    func gray() {
        var pixels: [UInt8] = []
        for colour in 0..<4096 {
            for shift in [0, 4, 8] { pixels.append(UInt8((colour >> shift & 15) * 17)) }
        }
        var image = PixelBuffer(
            pixels, shape: ImageShape(size: ImageSize(width: 64, height: 64), channels: 3))
        var workspace = Workspace()
        Grayscale().apply(to: &image, workspace: &workspace)
        let expected: [UInt8] = (0..<4096).map { index in
            let (r, g, b) = (Int(pixels[index * 3]), Int(pixels[index * 3 + 1]), Int(pixels[index * 3 + 2]))
            let sum: Int = 19595 * r + 38470 * g + 7471 * b + 32768
            return UInt8(sum >> 16)
        }
        #expect(Array(image.bytes) == expected)
    }

    @Test("auto polarity inverts light backgrounds alone, and notes it")
    func polarity() {
        var workspace = Workspace()
        let shape = ImageShape(size: ImageSize(width: 5, height: 5), channels: 1)
        var light = PixelBuffer([UInt8](repeating: 230, count: 25), shape: shape)
        Polarity(.auto).apply(to: &light, workspace: &workspace)
        #expect(Array(light.bytes) == [UInt8](repeating: 25, count: 25))
        #expect(workspace.operations == .inverted)
        workspace.operations = []
        var dark = PixelBuffer([UInt8](repeating: 20, count: 25), shape: shape)
        Polarity(.auto).apply(to: &dark, workspace: &workspace)
        #expect(Array(dark.bytes) == [UInt8](repeating: 20, count: 25))
        #expect(workspace.operations.isEmpty)
        Polarity(.invert).apply(to: &dark, workspace: &workspace)
        #expect(Array(dark.bytes) == [UInt8](repeating: 235, count: 25))
    }

    /// Oracle: sorting the ring.
    @Test(
        "the background is the median of the outermost ring, in each channel",
        arguments: [(1, 1), (2, 3), (7, 1), (1, 6), (9, 5), (16, 18), (28, 28), (400, 3)])
    func background(width: Int, height: Int) {
        for (seed, levels) in [(1, 256), (2, 2), (3, 1)] as [(UInt64, UInt64)] {
            for channels in [1, 3] {
                let shape = shape(width, height, channels)
                var random = SeededRandom(
                    seed: seed, purpose: .synthesis, sample: UInt64(width * 100 + height))
                let pixels = (0..<shape.byteCount).map { _ in UInt8(256 - levels + random.below(levels)) }
                let image = PixelBuffer(pixels, shape: shape)
                for channel in 0..<channels {
                    let expected = ImagingTests.background(pixels, shape, channel)
                    #expect(backgroundLevel(image, channel: channel) == expected)
                }
            }
        }
    }
}
