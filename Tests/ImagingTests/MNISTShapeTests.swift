// Oracles: the drawing itself, a flood fill, and whole-image resampling.

import Dataset
import Testing

@testable import Imaging

@Suite("Photos in MNIST's shape")
struct MNISTShapeTests {
    private static let size = ImageSize(width: 28, height: 28)

    /// A “7” of dark ink on light paper that darkens to the right, 90x140, row-major.
    private func photo(frame: Bool = false, ink: Double = 60, paper: Double = 235) -> [UInt8] {
        var pixels: [UInt8] = []
        for y in 0..<140 {
            for x in 0..<90 {
                let (u, v) = (Double(x), Double(y))
                let isBar = (20.0...60.0).contains(u) && abs(v - 40) <= 2.5
                let isStem = (40.0...110.0).contains(v) && abs(u - (60 - (v - 40) * 0.4)) <= 2.5
                let isLine = frame && (x == 2 || x == 3 || y == 137 || x > 86)
                let level = isBar || isStem || isLine ? ink : paper - u * 0.1
                pixels.append(UInt8(level + Double((x * 7 + y * 13) % 5) - 2))
            }
        }
        return pixels
    }

    private func shaped(
        _ pixels: [UInt8], _ size: ImageSize = ImageSize(width: 90, height: 140),
        to target: ImageSize = Self.size
    ) -> (pixels: [UInt8], operations: ImageOperations) {
        var image = PixelBuffer(pixels, shape: ImageShape(size: size, channels: 1))
        var workspace = Workspace()
        MNISTShape(size: target).apply(to: &image, workspace: &workspace)
        #expect(image.shape == ImageShape(size: target, channels: 1))
        return (Array(image.bytes), workspace.operations)
    }

    /// Mean absolute difference of two images.
    private func difference(_ a: [UInt8], _ b: [UInt8]) -> Double {
        var total = 0
        for (x, y) in zip(a, b) { total += abs(Int(x) - Int(y)) }
        return Double(total) / Double(a.count)
    }

    /// Centre of mass, counting pixels from 0.
    private func center(_ pixels: [UInt8], width: Int) -> (x: Double, y: Double) {
        var (total, x, y) = (0.0, 0.0, 0.0)
        for (index, pixel) in pixels.enumerated() {
            total += Double(pixel)
            x += Double(pixel) * Double(index % width)
            y += Double(pixel) * Double(index / width)
        }
        return (x / total, y / total)
    }

    @Test("a photo becomes light ink on black, 20 pixels high, its centre of mass at pixel 14")
    func wholePhoto() {
        let (pixels, operations) = shaped(photo())
        #expect(operations == .inverted)
        let center = center(pixels, width: 28)
        #expect(abs(center.x - 14) < 0.25 && abs(center.y - 14) < 0.25, "\(center)")
        let rows = (0..<28).filter { y in (0..<28).contains { pixels[y * 28 + $0] >= 128 } }
        #expect((19...21).contains(rows.count), "\(rows)")
        // The box of the drawing is 45 wide and 75 high.
        let columns = (0..<28).filter { x in (0..<28).contains { pixels[$0 * 28 + x] >= 128 } }
        #expect((11...13).contains(columns.count), "\(columns)")
        #expect((pixels.max() ?? 0) >= 235 && pixels.count { $0 == 0 } > 500)
    }

    @Test("light ink on a dark board gives what dark ink on light paper gives")
    func polarity() {
        let (board, operations) = shaped(photo().map { 255 - $0 })
        #expect(board == shaped(photo()).pixels)
        #expect(operations.isEmpty)
    }

    @Test("lines of a frame along the border leave no trace")
    func frame() {
        #expect(difference(shaped(photo(frame: true)).pixels, shaped(photo()).pixels) < 0.5)
    }

    @Test("faint ink on gray paper is raised to the levels of MNIST")
    func faint() {
        let pixels = shaped(photo(ink: 150, paper: 190)).pixels
        #expect((pixels.max() ?? 0) >= 235)
    }

    @Test("another target has the same proportions", arguments: [14, 32, 56, 112])
    func sizes(side: Int) {
        let pixels = shaped(photo(), to: ImageSize(width: side, height: side)).pixels
        let center = center(pixels, width: side)
        let tolerance = 0.02 * Double(side)
        #expect(abs(center.x - Double(side / 2)) < tolerance && abs(center.y - Double(side / 2)) < tolerance)
        let rows = (0..<side).filter { y in (0..<side).contains { pixels[y * side + $0] >= 128 } }
        #expect(abs(Double(rows.count) - Double(side) * 20 / 28) <= 0.05 * Double(side) + 1)
    }

    @Test("a photo of many pixels is reduced first and looks the same")
    func large() {
        let small = photo()
        var large: [UInt8] = []
        for y in 0..<1400 {
            for x in 0..<900 { large.append(small[y / 10 * 90 + x / 10]) }
        }
        let reduced = shaped(large, ImageSize(width: 900, height: 1400)).pixels
        #expect(difference(reduced, shaped(small).pixels) < 4)
    }

    @Test(
        "paper alone becomes black, and no size is too small",
        arguments: [(1, 1), (1, 9), (3, 2), (90, 140), (700, 1)])
    func blank(width: Int, height: Int) {
        let size = ImageSize(width: width, height: height)
        let paper = (0..<size.area).map { UInt8(240 + $0 % 4) }
        #expect(shaped(paper, size).pixels == [UInt8](repeating: 0, count: 784))
        // One dark pixel in paper is whatever it is, and no crash.
        var spot = paper
        spot[size.area / 2] = 0
        _ = shaped(spot, size)
    }

    /// Oracle: a flood fill from every pixel.
    @Test("strokes are what a flood fill finds", arguments: 0..<40)
    func strokes(round: Int) {
        var random = SeededRandom(seed: 5, purpose: .synthesis, sample: UInt64(round))
        let (width, height) = (1 + Int(random.below(24)), 1 + Int(random.below(24)))
        let share = 0.2 + 0.5 * random.unit()
        let marks = (0..<width * height).map { _ in random.unit() < share ? Int32(1) : 0 }
        let image = PixelBuffer(
            [UInt8](repeating: 1, count: marks.count),
            shape: ImageShape(size: ImageSize(width: width, height: height), channels: 1))
        var labels = marks
        var strokes = InkStrokes()
        strokes.connect(&labels, image)
        var filled = [Int32](repeating: 0, count: marks.count)
        var count: Int32 = 0
        for start in marks.indices where marks[start] != 0 && filled[start] == 0 {
            count += 1
            var open = [start]
            filled[start] = count
            while let index = open.popLast() {
                for (dx, dy) in [(-1, -1), (0, -1), (1, -1), (-1, 0), (1, 0), (-1, 1), (0, 1), (1, 1)] {
                    let (x, y) = (index % width + dx, index / width + dy)
                    guard (0..<width).contains(x), (0..<height).contains(y) else { continue }
                    let next = y * width + x
                    guard marks[next] != 0, filled[next] == 0 else { continue }
                    filled[next] = count
                    open.append(next)
                }
            }
        }
        // Both number strokes by their first pixel, row by row.
        #expect(labels == filled)
    }

    @Test(
        "a window over a whole axis weighs as resizing does, away from its ends",
        arguments: ResizeFilter.allCases)
    func weights(filter: ResizeFilter) {
        for (from, to) in [(140, 28), (90, 28), (28, 28), (20, 28)] {
            let scale = Double(from) / Double(to)
            let whole = ResizeWeights(from: from, to: to, filter: filter)
            let window = ResizeWeights(
                window: AxisWindow(origin: 0, scale: scale), of: from, to: to, filter: filter)
            for position in 4..<to - 4 {
                #expect(whole.starts[position] == window.starts[position])
                #expect(whole.lengths[position] == window.lengths[position])
                for tap in 0..<whole.taps {
                    let index = position * whole.taps + tap
                    #expect(abs(whole.weights[index] - window.weights[index]) <= 1)
                }
            }
        }
    }

    @Test("a window that lies outside sees nothing")
    func outside() {
        for origin in [-1000.0, 1000] {
            let weights = ResizeWeights(
                window: AxisWindow(origin: origin, scale: 2), of: 10, to: 5, filter: .bicubic)
            #expect(weights.weights.allSatisfy { $0 == 0 })
            #expect(weights.starts.allSatisfy { (0..<10).contains($0) })
        }
    }
}
