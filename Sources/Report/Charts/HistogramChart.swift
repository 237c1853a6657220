// A histogram of gray levels, as bars on a logarithmic scale.

internal import Dataset
internal import Foundation

/// The share of pixels at each of 256 gray levels, four levels to a bar.
///
/// Logarithmic, because nearly all pixels are background: on a linear scale the ink would be invisible.
struct HistogramChart {
    /// Number of pixels at each level.
    let counts: [Int]

    private static let levelsPerBar = 4

    var figure: HTML {
        element("figure", ["class": "chart"]) {
            svg(ImageSize(width: 760, height: 260), attributes: ["class": "wide"])
            svg(ImageSize(width: 356, height: 230), attributes: ["class": "narrow"])
        }
    }

    private var shares: [Double] {
        let total = Double(max(counts.reduce(0, +), 1))
        return stride(from: 0, to: 256, by: Self.levelsPerBar).map { start in
            Double(counts[start..<start + Self.levelsPerBar].reduce(0, +)) / total
        }
    }

    private func svg(_ size: ImageSize, attributes: HTML.Attributes) -> HTML {
        let shares = shares
        let (left, top, bottom) = (68.0, 26.0, Double(size.height) - 56)
        let right = Double(size.width) - 4
        // Whole powers of ten, down to the smallest share but not below a millionth.
        let smallest = shares.filter { $0 > 0 }.min() ?? 1
        let lowest = max(floor(log10(smallest)), -6)
        func y(_ share: Double) -> Double {
            let height = 1 - max(log10(share), lowest) / min(lowest, -1)
            return bottom - height * (bottom - top)
        }
        let width = (right - left) / Double(shares.count)
        let dark = counts[..<128].reduce(0, +)
        let darkShare = Double(dark) / Double(max(counts.reduce(0, +), 1))
        let label =
            "Histogram of gray levels: \(TextStyle.percent(darkShare)) of pixels are darker than level 128"
        return HTML.svg(size, label: label, attributes) {
            HTML.chartText("share of pixels, logarithmic", x: 0, y: 12)
            for power in stride(from: 0, through: min(lowest, -1), by: -1) {
                let share = pow(10, power)
                HTML.line(left, y(share), right, y(share), class: "grid")
                HTML.chartText(
                    TextStyle.decimal(share * 100, max(0, Int(-power) - 2)) + " %", x: left - 8,
                    y: y(share) + 4, anchor: "end")
            }
            for (index, share) in shares.enumerated() where share > 0 {
                let x = left + Double(index) * width
                element(
                    "rect",
                    [
                        "class": "f1", "x": HTML.number(x), "y": HTML.number(min(y(share), bottom - 1)),
                        "width": HTML.number(max(width - 1, 1)),
                        "height": HTML.number(max(bottom - y(share), 1)),
                    ]
                ) {
                    element("title") {
                        "levels \(index * Self.levelsPerBar) to \(index * Self.levelsPerBar + 3): "
                        TextStyle.percent(share, 3)
                    }
                }
            }
            levelAxis(left: left, right: right, bottom: bottom)
        }
    }

    /// The gray levels as a strip from black to white, with numbers below.
    private func levelAxis(left: Double, right: Double, bottom: Double) -> HTML {
        let width = (right - left) / 32
        return HTML.group {
            for step in 0..<32 {
                let level = step * 255 / 31
                element(
                    "rect",
                    [
                        "x": HTML.number(left + Double(step) * width), "y": HTML.number(bottom + 3),
                        "width": HTML.number(width + 0.2), "height": "8",
                        "fill": "rgb(\(level),\(level),\(level))",
                    ])
            }
            element(
                "rect",
                [
                    "class": "grid", "x": HTML.number(left), "y": HTML.number(bottom + 3),
                    "width": HTML.number(right - left), "height": "8",
                ])
            for level in [0, 64, 128, 192, 255] {
                HTML.chartText(
                    String(level), x: left + (right - left) * Double(level) / 255, y: bottom + 26,
                    anchor: level == 0 ? "start" : level == 255 ? "end" : "middle")
            }
            HTML.chartText(
                "level, 0 black to 255 white", x: (left + right) / 2, y: bottom + 46, anchor: "middle")
        }
    }
}
