// Canvases: the image in the middle, its own background around it.

import Dataset
import Testing

@testable import Imaging

@Suite("Canvas")
struct CanvasTests {
    private func place(_ image: [UInt8], _ source: ImageSize, on size: ImageSize) throws -> [UInt8] {
        let canvas = try #require(Canvas(size, around: ImageShape(size: source, channels: 1)))
        var placed = [UInt8](repeating: 77, count: size.area)
        image.withUnsafeBufferPointer { image in
            placed.withUnsafeMutableBufferPointer { canvas.place(image, on: $0) }
        }
        return placed
    }

    @Test("pixels move to the middle, and the median of the border surrounds them")
    func place() throws {
        let image: [UInt8] = [
            9, 9, 9,
            9, 200, 8,
            9, 100, 9,
        ]
        let placed = try place(image, ImageSize(width: 3, height: 3), on: ImageSize(width: 6, height: 5))
        #expect(
            placed == [
                9, 9, 9, 9, 9, 9,
                9, 9, 9, 9, 9, 9,
                9, 9, 200, 8, 9, 9,
                9, 9, 100, 9, 9, 9,
                9, 9, 9, 9, 9, 9,
            ])
    }

    @Test("an image that does not fit has no canvas; one of the same size stays as it is")
    func sizes() throws {
        #expect(
            Canvas(
                ImageSize(width: 4, height: 4),
                around: ImageShape(size: ImageSize(width: 5, height: 3), channels: 1)) == nil)
        let same = ImageSize(width: 2, height: 2)
        #expect(try place([1, 2, 3, 4], same, on: same) == [1, 2, 3, 4])
    }
}
