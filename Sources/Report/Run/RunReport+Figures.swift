// The numbers in a run's page: result, epochs, layers.

internal import Dataset
internal import Training

extension RunReport {
    var result: HTML {
        var facts: [(name: String, value: HTML, note: String?)] = []
        func add(_ name: String, _ value: String, _ note: String? = nil) {
            facts.append((name, HTML(text: value), note))
        }
        if let test {
            let interval = confusion.map { TextStyle.interval($0.matrix.accuracyInterval) + ", " } ?? ""
            add(
                "Test accuracy", TextStyle.percent(test.accuracy, 2),
                "\(interval)loss \(TextStyle.loss(test.loss))")
        }
        if let best = bestEpoch, let score = best.validation {
            add(
                "Best validation accuracy", TextStyle.percent(score.accuracy, 2),
                "loss \(TextStyle.loss(score.loss)), epoch \(best.epoch)")
        }
        if let last = epochs.last {
            add(
                "Train accuracy", TextStyle.percent(last.train.accuracy, 2),
                "loss \(TextStyle.loss(last.train.loss)), epoch \(last.epoch)")
            add("Training time", TextStyle.duration(seconds), TextStyle.plural(epochs.count, "epoch"))
            let speeds = epochs.map(\.samplesPerSecond).sorted()
            add("Throughput", TextStyle.rate(speeds[speeds.count / 2], "samples"), "median over epochs")
        }
        add("Parameters", TextStyle.count(architecture.parameterCount))
        return HTML([
            factList(facts),
            element("p", ["class": "note", "style": "margin-top:1rem"]) {
                "Dataset "
                element("bdi") { datasetName }
                ", digest "
                element("code") { datasetDigest.hex }
            },
        ])
    }

    var epochTable: HTML {
        var table = HTMLTable(
            "Results of all epochs",
            [
                .number("Epoch"), .number("Train loss"), .number("Train accuracy"),
                .number("Validation loss"), .number("Validation accuracy"), .number("Learning rate"),
                .number("Samples/s"), .number("Seconds"),
            ])
        let rates = rateChart
        for epoch in epochs {
            table.add([
                String(epoch.epoch), TextStyle.loss(epoch.train.loss),
                TextStyle.percent(epoch.train.accuracy, 2),
                epoch.validation.map { TextStyle.loss($0.loss) } ?? "–",
                epoch.validation.map { TextStyle.percent($0.accuracy, 2) } ?? "–",
                rates.value(epoch.rate), TextStyle.decimal(epoch.samplesPerSecond, 0),
                TextStyle.decimal(epoch.seconds, 1),
            ])
        }
        return table.html
    }

    var recipeMarkup: HTML {
        var table = HTMLTable(
            "Layers", [.number("#"), .heading("Layer"), .number("Output"), .number("Parameters")])
        for (index, layer) in architecture.layers.enumerated() {
            let shape = layer.output
            let sizes = shape.isFlat ? [shape.count] : [shape.channels, shape.height, shape.width]
            // Layers are numbered as in the names of the model's tensors.
            table.add([
                String(index), layer.specification.text,
                sizes.map(TextStyle.count).joined(separator: " × "),
                layer.parameterCount == 0 ? "–" : TextStyle.count(layer.parameterCount),
            ])
        }
        table.add(["", "Total", "", TextStyle.count(architecture.parameterCount)])
        return HTML([
            table.html,
            element("h3") { "The recipe as a file" },
            element("pre", ["tabindex": "0"]) { element("code") { recipe.yaml } },
        ])
    }
}
