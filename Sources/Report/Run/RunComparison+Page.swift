// The page that compares runs: a table of results, and validation curves in shared charts.

internal import Dataset
internal import Training

extension RunComparison {
    package var page: String {
        Page(
            kind: "Comparison", title: TextStyle.plural(runs.count, "training run"),
            subtitle: HTML(text: Set(runs.map(\.datasetName)).sorted().joined(separator: ", ")),
            sections: [.init(identifier: "figures", title: "Results", content: figures)]
                // A point each is no curve.
                + (runs.contains { $0.epochs.count > 1 }
                    ? [.init(identifier: "curves", title: "Curves", content: charts)] : [])
                + [.init(identifier: "recipes", title: "Recipes", content: recipes)]
        ).text
    }

    private var figures: HTML {
        var table = HTMLTable(
            "Results of all runs",
            [.text("#"), .heading("Run"), .text("Recipe"), .text("Dataset")]
                + columns.map { .number($0.title.capitalizedFirst) })
        for (index, run) in runs.enumerated() {
            let numbers = columns.map { column in
                element("span", ["class": best(column) == index ? "best" : nil]) {
                    (best(column) == index ? "★ " : "") + column.text(run)
                }
            }
            table.add(
                [key(index)]
                    + [run.name, run.recipe.name, run.datasetName].map { text in
                        element("bdi") { text }
                    } + numbers)
        }
        for summary in summaries {
            table.add(
                [.empty, element("strong") { summary.name }, .empty, .empty]
                    + summary.values.map { value in element("strong") { value } })
        }
        return HTML([
            warning.map { text in element("p", ["class": "bad"]) { text } } ?? .empty,
            table.html,
            element("p", ["class": "note", "style": "margin-top:.75rem"]) {
                warning == nil ? "★ best of its column. " : ""
                "From and to are the 95 % confidence interval of the test accuracy. Validation is the accuracy of the best epoch; time covers all epochs."
                summaries.isEmpty
                    ? "" : " The deviation is that of a sample, divided by the number of runs less one."
            },
            paired.map(markup) ?? .empty,
        ])
    }

    private func markup(_ paired: PairedRuns) -> HTML {
        HTML([
            element("h3") { paired.heading },
            element("ul") { for line in paired.lines { element("li") { line } } },
        ])
    }

    /// A run's letter beside the colour of its line.
    private func key(_ index: Int) -> HTML {
        element("span", ["style": "white-space:nowrap"]) {
            element("span", ["class": "swatch c\(color(index))"])
            element("strong") { letter(index) }
        }
    }

    private var charts: HTML {
        element("div", ["class": "charts"]) {
            chart(\.accuracy).figure
            chart(\.loss).figure
        }
    }

    private func color(_ index: Int) -> Int { index % 6 + 1 }

    /// Validation by epoch; train for runs without validation. After six colours the stroke changes.
    func chart(_ value: KeyPath<SplitMetrics, Double>) -> LineChart {
        let isLoss = value == \SplitMetrics.loss
        let series = runs.enumerated().map { index, run in
            LineChart.Series(
                name: letter(index), longName: "\(letter(index)), \(run.name),",
                points: run.epochs.map {
                    (Double($0.epoch), ($0.validation ?? $0.train)[keyPath: value])
                }, color: color(index), stroke: [.solid, .dashed, .dotted][index / 6 % 3])
        }
        return LineChart(
            title: isLoss ? "Validation loss" : "Validation accuracy", xTitle: "epoch",
            yTitle: isLoss ? "cross-entropy per sample, nats" : "accuracy, share of samples", series: series,
            style: isLoss ? .plain : .percent, fromZero: isLoss, ceiling: isLoss ? nil : 1)
    }

    private var recipes: HTML {
        HTML(
            runs.enumerated().map { index, run in
                element("details") {
                    element("summary") {
                        key(index)
                        " "
                        element("bdi") { "\(run.name): \(run.recipe.name)" }
                    }
                    element("pre", ["tabindex": "0"]) { element("code") { run.recipe.yaml } }
                }
            })
    }
}
