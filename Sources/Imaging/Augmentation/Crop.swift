// Augmentation: pads an image on all sides and cuts an image of its size out, at a random place.

package import Dataset

/// Pads and cuts, as torchvision's `RandomCrop(size, padding)`. The padding is the image's background, the median of its
/// border in each channel, where torchvision has 0.
package struct Crop: Sendable, Equatable {
    /// Pixels on each side.
    package var padding: Int

    package init(_ padding: Int) { self.padding = padding }

    /// Which pixel of the image comes to the top left, for each axis uniformly one of -padding ... padding.
    package func draw(_ random: inout SeededRandom) -> (x: Int, y: Int) {
        // Not `below`, which may take more numbers than one.
        func offset() -> Int { Int(random.unit() * Double(2 * padding + 1)) - padding }
        let x = offset()
        return (x, offset())
    }
}

extension Crop: RandomOperation {
    package static let name = "crop"
    package static let keys = [AugmentationKey("crop", .whole(0...1024))]

    package init(_ texts: [String: String]) { self.init(texts["crop"].flatMap { Int($0) } ?? 0) }

    package var texts: [String] { ["\(padding)"] }

    package func change(
        _ random: inout SeededRandom, applies: Bool, from source: UnsafeBufferPointer<UInt8>,
        to target: UnsafeMutableBufferPointer<UInt8>, in workspace: borrowing AugmentationWorkspace
    ) {
        let start = draw(&random)
        if applies { Self.cut(source, from: start, workspace.shape, to: target) }
    }

    /// Writes what an image of the same shape shows whose top left pixel is `start`.
    static func cut(
        _ source: UnsafeBufferPointer<UInt8>, from start: (x: Int, y: Int), _ shape: ImageShape,
        to target: UnsafeMutableBufferPointer<UInt8>
    ) {
        guard let input = source.baseAddress, let output = target.baseAddress else { return }
        let (size, channels) = (shape.size, shape.channels)
        let background = Background(of: source, shape)
        // Columns of the output that lie inside the image.
        let first = min(max(-start.x, 0), size.width)
        let end = max(min(size.width - start.x, size.width), first)
        for y in 0..<size.height {
            let row = output + y * size.width * channels
            guard (0..<size.height).contains(y + start.y), first < end else {
                background.fill(row, pixels: size.width)
                continue
            }
            background.fill(row, pixels: first)
            (row + first * channels).update(
                from: input + ((y + start.y) * size.width + first + start.x) * channels,
                count: (end - first) * channels)
            background.fill(row + end * channels, pixels: size.width - end)
        }
    }
}

extension Augmentation.Step {
    /// Pads by `padding` pixels of background on each side, up to 1024, and cuts an image of the same size out.
    public static func crop(_ padding: Int, probability: Double = 1) -> Self {
        Self(Crop(padding), probability: probability)
    }
}
