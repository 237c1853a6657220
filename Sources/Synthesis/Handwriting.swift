// Draws one handwritten digit: its skeleton, bent, slanted, turned and placed at random.

internal import Dataset
internal import Imaging

/// The strokes of one digit on a page, as polylines in pixels.
struct Handwriting {
    let strokes: [[Point]]
    /// Radius of the pen in pixels.
    let penRadius: Double

    /// - Parameters:
    ///   - size: size of the image
    ///   - inkHeight: height of the digit as a share of the image's height, before variation
    init(digit: Int, size: ImageSize, inkHeight: Double, penRadius: Double, _ random: inout SeededRandom) {
        let ways = Glyphs.digits[digit]
        let way = ways[Int(random.below(UInt64(ways.count)))]
        let height = Double(size.height) * inkHeight * (1 + random.symmetric(0.15))
        let width = height * (0.62 + random.symmetric(0.14))
        let (sine, cosine) = sineAndCosine(degrees: random.symmetric(9))
        let slant = 0.08 + random.symmetric(0.22)
        let center = Point(
            Double(size.width) / 2 + random.symmetric(Double(size.width) * 0.07),
            Double(size.height) / 2 + random.symmetric(Double(size.height) * 0.05))
        var strokes: [[Point]] = []
        for stroke in way {
            let bent = stroke.map { Point($0.x + random.symmetric(0.035), $0.y + random.symmetric(0.03)) }
            strokes.append(
                Self.smooth(bent).map { point in
                    let x = (point.x - 0.5) * width - slant * (point.y - 0.5) * height
                    let y = (point.y - 0.5) * height
                    return Point(center.x + cosine * x + sine * y, center.y - sine * x + cosine * y)
                })
        }
        self.strokes = strokes
        self.penRadius = penRadius * (1 + random.symmetric(0.35))
    }

    /// A Catmull-Rom spline through `points`, eight segments per span.
    private static func smooth(_ points: [Point]) -> [Point] {
        var curve: [Point] = []
        for index in 0..<points.count - 1 {
            let (a, b) = (points[max(index - 1, 0)], points[index])
            let (c, d) = (points[index + 1], points[min(index + 2, points.count - 1)])
            for step in 0..<8 {
                let t = Double(step) / 8
                func at(_ a: Double, _ b: Double, _ c: Double, _ d: Double) -> Double {
                    0.5
                        * (2 * b + (c - a) * t + (2 * a - 5 * b + 4 * c - d) * t * t + (3 * b - a - 3 * c + d)
                            * t * t * t)
                }
                curve.append(Point(at(a.x, b.x, c.x, d.x), at(a.y, b.y, c.y, d.y)))
            }
        }
        if let last = points.last { curve.append(last) }
        return curve
    }

    /// The share of each pixel that ink covers, 0...1, row-major.
    func coverage(size: ImageSize) -> [Float] {
        var ink = [Float](repeating: 0, count: size.area)
        for stroke in strokes {
            for (from, to) in zip(stroke, stroke.dropFirst()) { draw(from, to, size, &ink) }
        }
        return ink
    }

    private func draw(_ from: Point, _ to: Point, _ size: ImageSize, _ ink: inout [Float]) {
        let reach = penRadius + 1
        let columns = range(min(from.x, to.x) - reach, max(from.x, to.x) + reach, size.width)
        let rows = range(min(from.y, to.y) - reach, max(from.y, to.y) + reach, size.height)
        let (dx, dy) = (to.x - from.x, to.y - from.y)
        let length = max(dx * dx + dy * dy, 1e-9)
        for y in rows {
            for x in columns {
                let (px, py) = (Double(x) + 0.5 - from.x, Double(y) + 0.5 - from.y)
                let t = min(max((px * dx + py * dy) / length, 0), 1)
                let (ex, ey) = (px - t * dx, py - t * dy)
                let distance = (ex * ex + ey * ey).squareRoot()
                let covered = Float(min(max(penRadius + 0.5 - distance, 0), 1))
                ink[y * size.width + x] = max(ink[y * size.width + x], covered)
            }
        }
    }

    private func range(_ low: Double, _ high: Double, _ limit: Int) -> Range<Int> {
        let start = min(max(Int(low.rounded(.down)), 0), limit)
        return start..<min(max(Int(high.rounded(.up)), start), limit)
    }
}
