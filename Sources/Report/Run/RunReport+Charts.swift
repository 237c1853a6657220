// The curves of a run: accuracy, loss, learning rate; and how far its probabilities can be trusted.

internal import Training

extension RunReport {
    /// Those that show a change.
    var charts: [LineChart] {
        (epochs.count > 1 ? [accuracyChart, lossChart] : [])
            + (epochs.count <= 5 && losses.count > 1 ? [stepChart] : [])
            + (Set(epochs.map(\.rate)).count > 1 ? [rateChart] : [])
    }

    /// Few epochs are few points, so the loss is shown within them.
    private var stepChart: LineChart {
        LineChart(
            title: "Train loss within epochs", xTitle: "epochs done",
            yTitle: "cross-entropy per sample, nats" + (recipe.labelSmoothing > 0 ? "; smoothed labels" : ""),
            series: [
                LineChart.Series(
                    name: "", longName: "train", points: losses.map { ($0.epochs, $0.loss) }, color: 1)
            ], fromZero: true)
    }

    var accuracyChart: LineChart {
        LineChart(
            title: "Accuracy", xTitle: "epoch", yTitle: "accuracy, share of samples",
            series: scores(\.accuracy), style: .percent, marks: bestMark, ceiling: 1)
    }

    /// The epoch whose model is kept.
    private var bestMark: [(x: Double, name: String)] {
        guard epochs.count > 1, let best = bestEpoch else { return [] }
        return [(Double(best.epoch), "best: epoch \(best.epoch)")]
    }

    var lossChart: LineChart {
        LineChart(
            title: "Loss", xTitle: "epoch",
            yTitle: "cross-entropy per sample, nats"
                + (recipe.labelSmoothing > 0 ? "; train: smoothed labels" : ""),
            series: scores(\.loss), fromZero: true, marks: bestMark)
    }

    var rateChart: LineChart {
        LineChart(
            title: "Learning rate", xTitle: "epoch", yTitle: "learning rate at the end of the epoch",
            series: [series("learning rate", \.rate, color: 4)], fromZero: true)
    }

    /// Bins with fewer samples would show chance.
    func calibrationChart(_ calibration: Calibration) -> LineChart {
        let bins = calibration.bins.filter { $0.samples >= 5 }
        let ideal = bins.map { (x: 100 * $0.confidence, y: $0.confidence) }
        return LineChart(
            title: "Calibration", xTitle: "probability that the model states, in percent",
            yTitle: "correct predictions, share of samples",
            series: [
                LineChart.Series(name: "", longName: "ideal", points: ideal, color: 4, stroke: .dotted),
                LineChart.Series(
                    name: "", longName: "model", points: bins.map { (100 * $0.confidence, $0.accuracy) },
                    color: 2),
            ], style: .percent, ceiling: 1)
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
