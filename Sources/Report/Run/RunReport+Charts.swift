// The curves of a run: accuracy, loss, learning rate, throughput.

internal import Training

extension RunReport {
    var accuracyChart: LineChart {
        LineChart(
            title: "Accuracy", xTitle: "epoch", yTitle: "accuracy, share of samples",
            series: scores(\.accuracy), style: .percent, ceiling: 1)
    }

    var lossChart: LineChart {
        LineChart(
            title: "Loss", xTitle: "epoch",
            yTitle: "cross-entropy per sample, nats"
                + (recipe.labelSmoothing > 0 ? "; train: smoothed labels" : ""),
            series: scores(\.loss), fromZero: true)
    }

    var rateChart: LineChart {
        LineChart(
            title: "Learning rate", xTitle: "epoch", yTitle: "learning rate at the end of the epoch",
            series: [series("learning rate", \.rate, color: 4)], fromZero: true)
    }

    var speedChart: LineChart {
        LineChart(
            title: "Throughput", xTitle: "epoch", yTitle: "samples per second",
            series: [series("throughput", \.samplesPerSecond, color: 3)], style: .short, fromZero: true)
    }

    private func series(
        _ name: String, _ value: KeyPath<EpochMetrics, Double>, color: Int
    ) -> LineChart.Series {
        LineChart.Series(
            name: "", longName: name, points: epochs.map { (Double($0.epoch), $0[keyPath: value]) },
            color: color)
    }

    /// Train is dashed and validation solid, so that they differ without color.
    private func scores(_ value: KeyPath<SplitMetrics, Double>) -> [LineChart.Series] {
        var series = [
            LineChart.Series(
                name: "train", longName: "train",
                points: epochs.map { (Double($0.epoch), $0.train[keyPath: value]) }, color: 1,
                stroke: .dashed)
        ]
        let validation = epochs.compactMap { epoch in
            epoch.validation.map { (x: Double(epoch.epoch), y: $0[keyPath: value]) }
        }
        if !validation.isEmpty {
            series.append(
                LineChart.Series(
                    name: "validation", longName: "validation", points: validation, color: 2))
        }
        return series
    }
}
