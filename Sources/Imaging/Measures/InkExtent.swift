// Finds the box and the centre of mass of the ink.

internal import Dataset

/// The box and centre of mass of the ink in an image that has only ink left.
struct InkExtent {
    let ink: TracedInk?

    /// - Parameter least: weaker pixels, such as soft edges, do not extend the box
    init(_ image: borrowing PixelBuffer, least: Int) {
        let (width, height) = (image.shape.size.width, image.shape.size.height)
        var columns = Profile(width)
        var rows = Profile(height)
        let pixels = image.bytes
        for y in 0..<height {
            for x in 0..<width where pixels[y * width + x] != 0 {
                let strength = Int(pixels[y * width + x])
                columns.add(strength, at: x)
                rows.add(strength, at: y)
            }
        }
        let side = max(columns.reach(least).count, rows.reach(least).count)
        let depth = max(side / Self.depthShare, 1)
        guard let x = columns.box(least, depth), let y = rows.box(least, depth) else {
            ink = nil
            return
        }
        ink = TracedInk(x: x, y: y, centerX: columns.center, centerY: rows.center)
    }

    /// The box ends where the ink reaches half of its peak strength nearby, that is, within a twentieth of the longer
    /// side (one pixel of MNIST). So an edge is found in the same place whether it is sharp or soft, strong or weak.
    static let depthShare = 20

    /// Sum and maximum of every row or column of an image.
    private struct Profile {
        var sums: [Int]
        var peaks: [Int]

        init(_ count: Int) {
            sums = [Int](repeating: 0, count: count)
            peaks = sums
        }

        mutating func add(_ strength: Int, at position: Int) {
            sums[position] += strength
            peaks[position] = max(peaks[position], strength)
        }

        /// The range from the first to the last position with at least this strength.
        func reach(_ least: Int) -> Range<Int> {
            guard let first = peaks.firstIndex(where: { $0 >= least }),
                let last = peaks.lastIndex(where: { $0 >= least })
            else { return 0..<0 }
            return first..<last + 1
        }

        func box(_ least: Int, _ depth: Int) -> Range<Int>? {
            let reach = reach(least)
            func isInside(_ position: Int, _ step: Int) -> Bool {
                let inward = (0...depth).lazy.map { position + $0 * step }.filter(reach.contains)
                return peaks[position] * 2 >= inward.map { peaks[$0] }.max() ?? 0
            }
            guard let first = reach.first(where: { isInside($0, 1) }),
                let last = reach.last(where: { isInside($0, -1) })
            else { return nil }
            return first..<max(last, first) + 1
        }

        /// Centre of mass, in pixels from the outer edge of the first position.
        var center: Double {
            let total = sums.reduce(0, +)
            let moment = sums.indices.reduce(0) { $0 + $1 * sums[$1] }
            return Double(moment) / Double(max(total, 1)) + 0.5
        }
    }
}
