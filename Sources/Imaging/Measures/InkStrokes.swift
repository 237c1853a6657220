// Finds strokes: sets of ink pixels that touch at a side or a corner.

internal import Dataset

/// The strokes of an image, numbered from 1; reused from image to image. Two passes with a union-find in
/// between (Rosenfeld and Pfaltz, "Sequential Operations in Digital Picture Processing", 1966).
struct InkStrokes {
    /// For every provisional number, a smaller number of the same stroke, or itself if it is the smallest.
    private var parents: [Int32] = []
    /// For every stroke: its pixels, its pixels outside the band along the border, and the sum of its strengths.
    private var pixels: [Int32] = []
    private var inner: [Int32] = []
    private var ink: [Int] = []
    private var kept: [Bool] = []

    /// Strokes with a smaller share of pixels outside the band are part of a frame.
    static let innerShare = 0.1

    /// Connects the pixels that are not 0 in `labels` into strokes, writes their numbers there, and measures them.
    mutating func connect(_ labels: inout [Int32], _ image: borrowing PixelBuffer) {
        let (width, height) = (image.shape.size.width, image.shape.size.height)
        parents.removeAll(keepingCapacity: true)
        parents.append(0)
        labels.withUnsafeMutableBufferPointer { labels in
            for y in 0..<height {
                for x in 0..<width where labels[y * width + x] != 0 {
                    labels[y * width + x] = number(x, y, width, labels)
                }
            }
        }
        flatten()
        measure(&labels, image)
    }

    /// The number of a pixel, taken from its left neighbour or the three above.
    private mutating func number(
        _ x: Int, _ y: Int, _ width: Int, _ labels: UnsafeMutableBufferPointer<Int32>
    ) -> Int32 {
        let index = y * width + x
        var found: Int32 = x > 0 ? labels[index - 1] : 0
        if y > 0 {
            let above = index - width
            // The pixel above touches all others; only without it can two strokes meet.
            if labels[above] != 0 { return join(labels[above], found) }
            if x > 0 { found = join(found, labels[above - 1]) }
            if x + 1 < width { found = join(found, labels[above + 1]) }
        }
        if found == 0 {
            found = Int32(parents.count)
            parents.append(found)
        }
        return found
    }

    /// Joins two strokes that meet and returns the smaller of their first numbers; 0 stands for no stroke.
    private mutating func join(_ a: Int32, _ b: Int32) -> Int32 {
        if a == b || b == 0 { return a }
        if a == 0 { return b }
        let (x, y) = (root(a), root(b))
        parents[Int(max(x, y))] = min(x, y)
        return min(x, y)
    }

    private func root(_ number: Int32) -> Int32 {
        var number = number
        while parents[Int(number)] != number { number = parents[Int(number)] }
        return number
    }

    /// Makes numbers consecutive. Parents are smaller than their children, so one pass is enough.
    private mutating func flatten() {
        var count: Int32 = 0
        for number in parents.indices.dropFirst() {
            if parents[number] == Int32(number) {
                count += 1
                parents[number] = count
            } else {
                parents[number] = parents[Int(parents[number])]
            }
        }
        let strokes = Int(count) + 1
        pixels = [Int32](repeating: 0, count: strokes)
        inner = pixels
        ink = [Int](repeating: 0, count: strokes)
        kept = [Bool](repeating: false, count: strokes)
    }

    private mutating func measure(_ labels: inout [Int32], _ image: borrowing PixelBuffer) {
        let (width, height) = (image.shape.size.width, image.shape.size.height)
        let (bandX, bandY) = (
            max(Int(Double(width) * InkMap.band), 1), max(Int(Double(height) * InkMap.band), 1)
        )
        let strengths = image.bytes
        labels.withUnsafeMutableBufferPointer { labels in
            for y in 0..<height {
                let isInner = y >= bandY && y < height - bandY
                for x in 0..<width where labels[y * width + x] != 0 {
                    let stroke = parents[Int(labels[y * width + x])]
                    labels[y * width + x] = stroke
                    pixels[Int(stroke)] += 1
                    ink[Int(stroke)] += Int(strengths[y * width + x])
                    if isInner, x >= bandX, x < width - bandX { inner[Int(stroke)] += 1 }
                }
            }
        }
    }

    /// Keeps strokes that reach out of the band along the border; `false` if there are none.
    mutating func keepStrokes() -> Bool {
        for stroke in kept.indices.dropFirst() {
            kept[stroke] = Double(inner[stroke]) >= Self.innerShare * Double(pixels[stroke])
        }
        return kept.contains(true)
    }

    mutating func keepAll() {
        for stroke in kept.indices.dropFirst() { kept[stroke] = true }
    }

    /// Removes specks from the kept strokes; `false` if there are no strokes at all.
    mutating func dropSpecks() -> Bool {
        let largest = zip(kept, ink).reduce(0) { $1.0 ? max($0, $1.1) : $0 }
        for stroke in kept.indices where kept[stroke] {
            kept[stroke] = Double(ink[stroke]) >= InkMap.speckShare * Double(largest)
        }
        return kept.contains(true)
    }

    /// Passes to `body`, for every stroke number, whether the stroke is kept.
    func withKept(_ body: (UnsafeBufferPointer<Bool>) -> Void) {
        kept.withUnsafeBufferPointer { body($0) }
    }
}
