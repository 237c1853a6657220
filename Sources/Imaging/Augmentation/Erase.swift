// Augmentation: erases a square, after DeVries and Taylor, "Improved Regularization of Convolutional Neural Networks with
// Cutout" (2017).

package import Dataset

/// Fills a square whose centre is any pixel with the image's background, the median of its border in each channel. What
/// lies outside the image is cut off.
package struct Erase: Sendable, Equatable {
    /// Side of the square in pixels.
    package var side: Int

    package init(_ side: Int) { self.side = side }

    /// The square's first column and row, which may lie outside the image.
    package func draw(_ random: inout SeededRandom, _ size: ImageSize) -> (x: Int, y: Int) {
        // Not `below`, which may take more numbers than one.
        func centre(_ bound: Int) -> Int { Int(random.unit() * Double(bound)) }
        let x = centre(size.width) - side / 2
        return (x, centre(size.height) - side / 2)
    }
}

extension Erase: RandomOperation {
    package static let name = "erase"
    package static let keys = [AugmentationKey("erase", .whole(0...1024))]

    package init(_ texts: [String: String]) { self.init(texts["erase"].flatMap { Int($0) } ?? 0) }

    package var texts: [String] { ["\(side)"] }

    package func change(
        _ random: inout SeededRandom, applies: Bool, from source: UnsafeBufferPointer<UInt8>,
        to target: UnsafeMutableBufferPointer<UInt8>, in workspace: borrowing AugmentationWorkspace
    ) {
        let (size, channels) = (workspace.shape.size, workspace.shape.channels)
        let start = draw(&random, size)
        guard applies, let output = target.baseAddress else { return }
        _ = target.update(fromContentsOf: source)
        let background = Background(of: source, workspace.shape)
        let columns = max(start.x, 0)..<max(min(start.x + side, size.width), max(start.x, 0))
        for y in max(start.y, 0)..<max(min(start.y + side, size.height), max(start.y, 0)) {
            background.fill(output + (y * size.width + columns.lowerBound) * channels, pixels: columns.count)
        }
    }
}

extension Augmentation.Step {
    /// Fills a square of `side` pixels, up to 1024, around a random pixel with the image's background.
    public static func erase(_ side: Int, probability: Double = 1) -> Self {
        Self(Erase(side), probability: probability)
    }
}
