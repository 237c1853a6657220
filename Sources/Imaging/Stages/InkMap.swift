// Finds the ink in an image: connected strokes, without frame lines and specks.

internal import Dataset

/// Traces the ink in images of ink strength, reusing its memory from image to image.
struct InkMap: ~Copyable {
    /// Per pixel, row-major: the number of its stroke, 0 for paper.
    private(set) var labels: [Int32] = []
    private(set) var strokes = InkStrokes()

    /// A pixel is ink from this share of the full strength: below half, so that faint parts stay
    /// connected, but well above paper grain and JPEG noise.
    static let threshold = 0.2
    /// Lines of frames lie within this share of a side from the border.
    static let band = 0.1
    /// A row or column of the band is a line if this share of its length is ink.
    static let lineShare = 0.85
    /// Strokes with less ink than this share of the largest stroke's are specks.
    static let speckShare = 0.05

    /// Removes everything but ink from `image` and stretches the levels to 0...255.
    ///
    /// - Parameter full: the strength of full ink, positive
    /// - Returns: where the ink is; `nil` if there is none
    mutating func trace(_ image: inout PixelBuffer, full: Int) -> TracedInk? {
        let size = image.shape.size
        let least = UInt8(min(max(Double(full) * Self.threshold, 4), 255))
        mark(image, least)
        removeFrame(size)
        strokes.connect(&labels, image)
        // If all ink lies in the band, it is not a frame but what the image shows.
        if !strokes.keepStrokes() {
            mark(image, least)
            strokes.connect(&labels, image)
            strokes.keepAll()
        }
        guard strokes.dropSpecks() else { return nil }
        clean(&image, full)
        return InkExtent(image, least: Int(least) * 255 / full).ink
    }

    private mutating func mark(_ image: borrowing PixelBuffer, _ least: UInt8) {
        let pixels = image.bytes
        if labels.count < pixels.count { labels = [Int32](repeating: 0, count: pixels.count) }
        labels.withUnsafeMutableBufferPointer { labels in
            for index in pixels.indices { labels[index] = pixels[index] >= least ? 1 : 0 }
        }
    }

    /// Erases rows and columns in the band along the border that are ink over nearly their whole length,
    /// and everything outside them: table lines, which strokes may touch. Slanted or broken lines remain here;
    /// they are dropped later as strokes within the band, unless a stroke touches them.
    private mutating func removeFrame(_ size: ImageSize) {
        let (width, height) = (size.width, size.height)
        removeLines(count: height, step: width, length: width, along: 1, from: 0)
        removeLines(count: height, step: -width, length: width, along: 1, from: (height - 1) * width)
        removeLines(count: width, step: 1, length: height, along: width, from: 0)
        removeLines(count: width, step: -1, length: height, along: width, from: width - 1)
    }

    /// One side: `count` lines of `length` pixels, beginning at the border.
    private mutating func removeLines(count: Int, step: Int, length: Int, along: Int, from start: Int) {
        let limit = Int(Double(count) * Self.band)
        var last = -1
        labels.withUnsafeMutableBufferPointer { labels in
            for line in 0..<limit {
                var inked: Int32 = 0
                var index = start + line * step
                for _ in 0..<length {
                    inked &+= labels[index]
                    index += along
                }
                if Double(inked) >= Double(length) * Self.lineShare { last = line }
            }
            guard last >= 0 else { return }
            // Erase the soft edge of the line too.
            for line in 0...min(last + 1, count - 1) {
                var index = start + line * step
                for _ in 0..<length {
                    labels[index] = 0
                    index += along
                }
            }
        }
    }

    /// Sets all pixels to 0 except kept strokes and their soft edges, one pixel wide, and stretches the levels.
    private mutating func clean(_ image: inout PixelBuffer, _ full: Int) {
        let (width, height) = (image.shape.size.width, image.shape.size.height)
        let pixels = image.mutableBytes
        strokes.withKept { kept in
            labels.withUnsafeMutableBufferPointer { labels in
                for index in pixels.indices where labels[index] != 0 {
                    labels[index] = kept[Int(labels[index])] ? 1 : 0
                }
                for y in 0..<height {
                    let (above, below) = (max(y - 1, 0) * width, min(y + 1, height - 1) * width)
                    for x in 0..<width {
                        let index = y * width + x
                        guard pixels[index] != 0 else { continue }
                        let (left, right) = (max(x - 1, 0), min(x + 1, width - 1))
                        var near: Int32 = 0
                        for row in [above, y * width, below] {
                            near |= labels[row + left] | labels[row + x] | labels[row + right]
                        }
                        pixels[index] = near == 0 ? 0 : UInt8(min(Int(pixels[index]), full) * 255 / full)
                    }
                }
            }
        }
    }
}
