// report.html of a training run: results, curves, confusions, mistakes, recipe.

internal import Dataset
internal import Training

extension RunReport {
    /// The HTML file. During the run it reloads itself every few seconds.
    var page: String {
        var reload: Int?
        if case .running = state { reload = 5 }
        return Page(
            kind: "Training run", title: name, subtitle: subtitle, reload: reload, sections: sections,
            program: drawing == nil ? nil : .drawing
        ).text
    }

    /// The curves as SVG files, by name: `loss.svg` and `accuracy.svg`.
    var curves: [(name: String, svg: String)] {
        [("loss.svg", lossChart.file), ("accuracy.svg", accuracyChart.file)]
    }

    private var subtitle: HTML {
        HTML([
            HTML(text: "Recipe \(recipe.name) on \(datasetName), "),
            stateText,
        ])
    }

    private var stateText: HTML {
        switch state {
        case .running(let epoch, let total):
            element("strong") { "in epoch \(epoch) of \(total)" }
        case .finished:
            HTML(text: "finished after \(TextStyle.plural(epochs.count, "epoch"))")
        case .stopped(let reason):
            HTML(text: "stopped after \(TextStyle.plural(epochs.count, "epoch")): \(reason)")
        }
    }

    private var sections: [Page.Section] {
        var sections = [Page.Section(identifier: "result", title: "Result", content: result)]
        if let drawing { sections.append(drawing.section) }
        sections.append(
            Page.Section(
                identifier: "curves", title: "Curves", content: curvesMarkup))
        if let confusion {
            sections.append(
                Page.Section(
                    identifier: "confusion", title: "Confusion by class",
                    content: ConfusionMarkup(
                        matrix: confusion.matrix, split: confusion.split, classes: classes
                    ).html))
        }
        if let calibration { sections.append(section(calibration)) }
        if !mistakes.isEmpty {
            sections.append(
                Page.Section(identifier: "mistakes", title: "Worst mistakes", content: mistakesMarkup))
        }
        if !samples.isEmpty {
            sections.append(
                Page.Section(
                    identifier: "samples", title: "Sample predictions",
                    content: cards(samples.map { ($0.sample, caption($0)) })))
        }
        sections.append(
            Page.Section(identifier: "recipe", title: "Recipe and layers", content: recipeMarkup))
        return sections
    }

    private var curvesMarkup: HTML {
        guard !epochs.isEmpty else { return element("p") { "The first epoch has not ended yet." } }
        return HTML([
            element("div", ["class": "charts"]) {
                for chart in charts { chart.figure }
            },
            element("details") {
                element("summary") { "The curves as numbers" }
                epochTable
            },
        ])
    }

    private func section(_ calibration: Calibration) -> Page.Section {
        let error = TextStyle.percent(calibration.expectedError, 2)
        let chart = calibrationChart(calibration)
        let markup = HTML([
            element("p") {
                "Where the model states a probability of 90 %, it should be right nine times of ten. The expected "
                "calibration error is "
                element("strong") { error }
                ": so far is the share of correct predictions from the stated probability, on average."
            },
            // Two points or fewer say nothing.
            chart.series[0].points.count < 3
                ? .empty
                : HTML([
                    element("div", ["class": "charts"]) { chart.figure },
                    element("p", ["class": "note"]) {
                        "Solid: this model, in 15 bins of probability, of which those with fewer than five samples are "
                        "left out. Dotted: a model whose probabilities are true."
                    },
                ]),
        ])
        return Page.Section(identifier: "calibration", title: "Calibration", content: markup)
    }

    private var mistakesMarkup: HTML {
        HTML([
            element("p", ["class": "note"]) {
                "Wrong predictions, the most confident first. "
                "Below each image: the given label, and the predicted label with its probability."
            },
            cards(mistakes.map { ($0.sample, caption($0)) }),
        ])
    }

    private func caption(_ predicted: PredictedSample) -> HTML {
        let prediction = predicted.prediction
        let isRight = prediction.label == prediction.predicted
        return HTML([
            element("strong") { element("bdi") { classes[prediction.label] } },
            HTML(text: " → "),
            element("strong", ["class": isRight ? "good" : "bad"]) {
                element("bdi") { classes[prediction.predicted] }
            },
            HTML(text: isRight ? " ✓ " : " ✗ "),
            HTML(text: TextStyle.percent(Double(prediction.certainty))),
            HTML.void("br"),
            element("bdi", ["class": "key"]) { predicted.sample.key },
        ])
    }
}
