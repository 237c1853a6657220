// Line charts by epoch, as SVG: light grid, ticks at round numbers, a name at the end of each line.

internal import Dataset

/// Lines over a common x axis of whole numbers.
struct LineChart {
    enum Stroke: String { case solid, dashed, dotted }

    struct Series {
        /// Written at the end of the line.
        var name: String
        /// Its name in tooltips and for screen readers.
        var longName: String
        /// In ascending x. A y that is not finite leaves a gap in the line.
        var points: [(x: Double, y: Double)]
        /// Number of the colour in the palette, 1...6.
        var color: Int
        var stroke = Stroke.solid
    }

    var title: String
    var xTitle: String
    /// Quantity and unit of the y axis.
    var yTitle: String
    var series: [Series]
    var style = NumberStyle.plain
    /// Whether the axis begins at zero.
    var fromZero = false
    /// Values of x that are marked by a line through the plot, with a word each.
    var marks: [(x: Double, name: String)] = []
    /// The largest possible value, such as 1 for accuracies; there are no ticks above it.
    var ceiling: Double?

    /// The chart drawn at `size`, in CSS pixels.
    func svg(_ size: ImageSize, attributes: HTML.Attributes) -> HTML {
        Drawing(self, size).svg(attributes)
    }

    /// For a page: one drawing for wide and one for narrow screens, so that text keeps its size.
    var figure: HTML {
        element("figure", ["class": "chart"]) {
            element("figcaption") { title }
            svg(ImageSize(width: 540, height: 270), attributes: ["class": "wide"])
            svg(ImageSize(width: 356, height: 230), attributes: ["class": "narrow"])
        }
    }

    /// As an SVG file.
    var file: String {
        let svg = svg(
            ImageSize(width: 640, height: 360), attributes: ["xmlns": "http://www.w3.org/2000/svg"])
        return "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n\(svg.source)\n"
    }

    /// One sentence for screen readers.
    var description: String {
        let parts = series.compactMap { series -> String? in
            let finite = series.points.filter(\.y.isFinite)
            guard let first = finite.first, let last = finite.last else { return nil }
            return "\(series.longName) from \(value(first.y)) to \(value(last.y))"
        }
        return "\(title) by \(xTitle): " + (parts.isEmpty ? "no values yet" : parts.joined(separator: ", "))
    }

    /// A value with enough digits to tell it from others.
    func value(_ y: Double) -> String {
        switch style {
        case .percent: TextStyle.percent(y, 2)
        case .short: TextStyle.decimal(y, 0)
        case .plain:
            abs(y) < 0.01 && y != 0
                ? NumberStyle.plain.text(y, step: 1e-5, places: 0) : TextStyle.decimal(y, 4)
        }
    }
}

extension LineChart {
    /// The chart at one size.
    private struct Drawing {
        let chart: LineChart
        let size: ImageSize
        let xAxis, yAxis: Axis
        /// From the first value to the last, without an empty epoch 0.
        let domain: ClosedRange<Double>
        let plot: (left: Double, top: Double, right: Double, bottom: Double)

        init(_ chart: LineChart, _ size: ImageSize) {
            self.chart = chart
            self.size = size
            let points = chart.series.flatMap(\.points).filter { $0.y.isFinite && $0.x.isFinite }
            let ys = points.map(\.y)
            let xs = points.map(\.x)
            let low = chart.fromZero ? min(0, ys.min() ?? 0) : ys.min() ?? 0
            yAxis = Axis(from: low, to: max(ys.max() ?? 1, low), count: size.height / 50)
            domain = (xs.min() ?? 0)...max(xs.max() ?? 1, (xs.min() ?? 0) + 1)
            xAxis = Axis(from: xs.min() ?? 0, to: xs.max() ?? 1, count: size.width / 70, wholeNumbers: true)
            let axis = yAxis
            let ticks = axis.ticks.map { chart.style.text($0, step: axis.step, places: axis.places).count }
            // A digit is about 7 pixels wide at this size.
            let left = Double(ticks.max() ?? 1) * 7 + 12
            let names = chart.series.map { min($0.name.count, 14) }.max() ?? 0
            plot = (left, 26, Double(size.width) - Double(names) * 7.4 - 14, Double(size.height) - 40)
        }

        func x(_ value: Double) -> Double {
            let share = (value - domain.lowerBound) / (domain.upperBound - domain.lowerBound)
            return plot.left + (plot.right - plot.left) * share
        }

        func y(_ value: Double) -> Double { plot.bottom - (plot.bottom - plot.top) * yAxis.position(value) }

        func svg(_ attributes: HTML.Attributes) -> HTML {
            let isFile = attributes.contains { "\($0.key)" == "xmlns" }
            return HTML.svg(size, label: chart.description, attributes) {
                if isFile {
                    element("style") { HTML.chartStyle }
                    element("rect", ["class": "chart-paper", "width": "100%", "height": "100%"])
                }
                grid
                for mark in chart.marks { self.mark(mark) }
                for series in chart.series { line(series) }
                names
            }
        }

        /// Round numbers, and the first value if there is room for it.
        private var xTicks: [Double] {
            let nice = xAxis.ticks.filter { domain.contains($0) }
            let first = domain.lowerBound
            guard let next = nice.first, next > first else { return nice }
            return x(next) - x(first) > 24 ? [first] + nice : nice
        }

        private var grid: HTML {
            HTML.group {
                HTML.chartText(chart.yTitle, x: 0, y: 12)
                for tick in yAxis.ticks where tick <= (chart.ceiling ?? .infinity) + yAxis.step * 1e-6 {
                    HTML.line(plot.left, y(tick), plot.right, y(tick), class: "grid")
                    HTML.chartText(
                        chart.style.text(tick, step: yAxis.step, places: yAxis.places), x: plot.left - 8,
                        y: y(tick) + 4, anchor: "end")
                }
                HTML.line(plot.left, plot.bottom, plot.right, plot.bottom, class: "axis")
                for tick in xTicks {
                    HTML.line(x(tick), plot.bottom, x(tick), plot.bottom + 4, class: "axis")
                    HTML.chartText(
                        TextStyle.decimal(tick, 0), x: x(tick), y: plot.bottom + 18, anchor: "middle")
                }
                HTML.chartText(
                    chart.xTitle, x: (plot.left + plot.right) / 2, y: plot.bottom + 34, anchor: "middle")
            }
        }

        /// The word stands on the side with more room.
        private func mark(_ mark: (x: Double, name: String)) -> HTML {
            let place = x(mark.x)
            let isLeft = place < (plot.left + plot.right) / 2
            return HTML.group {
                HTML.line(place, plot.top, place, plot.bottom, class: "axis dashed")
                HTML.chartText(
                    mark.name, x: place + (isLeft ? 5 : -5), y: plot.bottom - 8,
                    anchor: isLeft ? "start" : "end")
            }
        }

        private func line(_ series: Series) -> HTML {
            var path = ""
            var isDrawing = false
            for point in series.points {
                guard point.y.isFinite else {
                    isDrawing = false
                    continue
                }
                path += "\(isDrawing ? "L" : "M")\(HTML.number(x(point.x))) \(HTML.number(y(point.y)))"
                isDrawing = true
            }
            let stroke = series.stroke == .solid ? "" : " \(series.stroke.rawValue)"
            return HTML.group {
                element("path", ["class": "line k\(series.color)\(stroke)", "d": path])
                // Dots if they do not overlap, and for a line of one point.
                for point in series.points
                where point.y.isFinite && Double(series.points.count) * 9 < plot.right - plot.left {
                    element(
                        "circle",
                        [
                            "class": "f\(series.color)", "cx": HTML.number(x(point.x)),
                            "cy": HTML.number(y(point.y)), "r": "2.5",
                        ]
                    ) {
                        element("title") {
                            "\(chart.xTitle) \(TextStyle.decimal(point.x, 0)): "
                            "\(series.longName) \(chart.value(point.y))"
                        }
                    }
                }
            }
        }

        /// The names at the ends of the lines, moved apart where lines end close together.
        private var names: HTML {
            let ends = chart.series.compactMap { series -> (series: Series, x: Double, y: Double)? in
                series.points.last { $0.y.isFinite }.map { (series, x($0.x), y($0.y)) }
            }.sorted { $0.y < $1.y }
            var places = ends.map(\.y)
            for index in ends.indices {
                for other in 0..<index where abs(ends[other].x - ends[index].x) < 40 {
                    places[index] = max(places[index], places[other] + 15)
                }
            }
            // If that moved them below the plot, all move up.
            let excess = max(0, (places.max() ?? 0) - plot.bottom)
            return HTML.group {
                for (index, end) in ends.enumerated() {
                    HTML.chartText(
                        String(end.series.name.prefix(14)), x: end.x + 8,
                        y: places[index] - excess + 4,
                        class: "chart-text label f\(end.series.color)")
                }
            }
        }
    }
}
