import Dataset
import Testing

@testable import Report

@Suite("Charts")
struct ChartTests {
    @Test("ticks lie on 1, 2 or 5 times a power of ten, and cover the values")
    func ticks() {
        #expect(Axis(from: 0, to: 1, count: 5).ticks.map { ($0 * 10).rounded() } == [0, 2, 4, 6, 8, 10])
        #expect(Axis(from: 0, to: 0.31, count: 5).places == 1)
        #expect(Axis(from: 0.9712, to: 0.9923, count: 5).places == 3)
        #expect(Axis(from: 1, to: 20, count: 7, wholeNumbers: true).step == 5)
        #expect(Axis(from: 1, to: 3, count: 7, wholeNumbers: true).ticks == [1, 2, 3])
        for (low, high) in [(0.0, 7e-5), (-3.0, 12.0), (1e6, 1.05e6), (0.999, 0.9991), (5, 5), (0, 0)] {
            for count in 2...8 {
                let axis = Axis(from: low, to: high, count: count)
                #expect(axis.range.lowerBound <= low + 1e-9 && axis.range.upperBound >= high - 1e-9)
                #expect((2...count + 2).contains(axis.ticks.count), "\(low) \(high) \(count): \(axis.ticks)")
            }
        }
    }

    @Test("unusable limits still make an axis", arguments: [Double.nan, .infinity, -.infinity])
    func unusable(value: Double) {
        #expect(Axis(from: value, to: 1, count: 5).ticks.count >= 2)
        #expect(Axis(from: 0, to: value, count: 5).ticks.count >= 2)
    }

    @Test("numbers of an axis read as people write them")
    func numbers() {
        #expect(NumberStyle.percent.text(0.975, step: 0.005, places: 3) == "97.5 %")
        #expect(NumberStyle.short.text(20_000, step: 5000, places: 0) == "20 k")
        #expect(NumberStyle.plain.text(0.00002, step: 1e-5, places: 5) == "2e-5")
        #expect(NumberStyle.plain.text(0.000996, step: 1e-5, places: 5) == "1e-3")
        #expect(NumberStyle.plain.text(0, step: 1e-5, places: 5) == "0.00000")
        #expect(HTML.number(-0.25) == "-0.3" && HTML.number(12) == "12" && HTML.number(0.04) == "0")
    }

    @Test("a loss that is not a number leaves a gap in the line, not a broken drawing")
    func gaps() {
        var run = MadeUp.run()
        run.epochs[3] = MadeUp.epoch(4, loss: .nan)
        run.epochs[4] = MadeUp.epoch(5, loss: .infinity)
        let svg = run.lossChart.file
        #expect(!svg.contains("nan") && !svg.contains("inf"))
        #expect(svg.matches(of: /line k1 dashed" d="M[^"]*M/).count == 1)
    }

    @Test("names at the ends of lines never overlap")
    func names() {
        let series = (0..<6).map { number in
            LineChart.Series(
                name: "run \(number)", longName: "", points: [(1, 0.5), (2, 0.5)], color: number + 1)
        }
        let chart = LineChart(title: "t", xTitle: "epoch", yTitle: "y", series: series)
        let ends = chart.file.matches(of: /label f\d" x="[\d.]+" y="([\d.]+)"/).compactMap {
            Double($0.output.1)
        }.sorted()
        #expect(ends.count == 6)
        for (a, b) in zip(ends, ends.dropFirst()) { #expect(b - a >= 14.9) }
    }

    @Test("charts say in words what they show")
    func description() {
        #expect(
            MadeUp.run().accuracyChart.description.hasPrefix(
                "Accuracy by epoch: train from 96.44 % to 99.93 %, validation from"))
        #expect(MadeUp.run(epochs: 0).lossChart.description == "Loss by epoch: no values yet")
        var softened = MadeUp.run()
        #expect(!softened.lossChart.file.contains("smoothed labels"))
        softened.recipe.labelSmoothing = 0.1
        #expect(softened.lossChart.file.contains("nats; train: smoothed labels"))
    }
}
