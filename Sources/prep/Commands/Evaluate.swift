// prep evaluate: how well a model does on a split.

internal import ArgumentParser
internal import Dataset
internal import Report
internal import Shards
internal import Training

struct Evaluate: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Judge a trained model on a split of a dataset.",
        discussion: "Prints loss, accuracy, precision and recall of each class, and the confusion matrix.")

    @Argument(help: "A model file, or a run folder.")
    var model: String

    @Argument(help: "The dataset's folder, such as shards/mnist.")
    var dataset: String

    @Option(help: "train, validation or test.")
    var split = Split.test

    @Option(
        help: ArgumentHelp("Write what the model says of each sample, as CSV.", valueName: "predictions.csv"))
    var predictions: String?

    @Option(name: .shortAndLong, help: "Threads. (default: all cores)")
    var jobs: Int?

    @Flag(help: "Print JSON.")
    var json = false

    func run() throws {
        let path = model
        let model = try Model(contentsOf: path)
        let dataset = try PreparedDataset(dataset)
        let evaluator = Evaluator(model, jobs: try threadCount(jobs))
        warnOfOtherStages(model.description.preparation, dataset.manifest.configuration)
        let classes = model.description.classes.names
        var judgements: [Judgement] = []
        let evaluation = try evaluator.evaluate(
            model, on: dataset, split: split,
            judge: predictions == nil ? nil : { judgements.append($0) },
            isCancelled: { Interruption.isRequested })
        if let predictions {
            let table = PredictionTable(judgements, classes, try dataset.provenance())
            try FileSystem.write([table.bytes], to: predictions)
        }
        if json {
            Terminal.print(json: value(of: evaluation, split, classes))
        } else {
            Terminal.print("\(path) on \(dataset.folder)\n" + text(evaluation, split, classes))
        }
    }

    /// Images that fit the model may still look unlike those it learned from: dark on light, placed otherwise.
    private func warnOfOtherStages(_ learned: JSONValue, _ judged: JSONValue) {
        guard case .object(let learned) = learned, let expected = learned["stages"],
            case .object(let judged) = judged, let found = judged["stages"], expected != found
        else { return }
        Terminal.printError(
            """
            Note: these images were prepared in another way than those that the model learned from
              here   \(found.canonicalText)
              there  \(expected.canonicalText)
            """)
    }

    private func text(_ evaluation: Evaluation, _ split: Split, _ classes: [String]) -> String {
        var lines = [
            "\(TextStyle.count(evaluation.samples)) samples of \(split.rawValue): loss \(TextStyle.loss(evaluation.loss)), "
                + "\(TextStyle.percent(evaluation.accuracy, 2)) right, "
                + "\(TextStyle.count(evaluation.samples - evaluation.correct)) wrong", "",
        ]
        var table = TextTable([.left] + Array(repeating: .right, count: classes.count + 2))
        table.add(["true \\ predicted"] + classes + ["precision", "recall"])
        for (label, name) in classes.enumerated() {
            table.add(
                [name] + evaluation.confusion[label].map { $0 == 0 ? "·" : TextStyle.count($0) }
                    + [evaluation.precision(label), evaluation.recall(label)].map {
                        $0.map { TextStyle.percent($0, 2) } ?? "–"
                    })
        }
        lines += table.lines()
        return lines.joined(separator: "\n")
    }

    private func value(of evaluation: Evaluation, _ split: Split, _ classes: [String]) -> JSONValue {
        let perClass = classes.enumerated().map { label, name in
            JSONValue.object([
                "class": .string(name), "precision": evaluation.precision(label).map { .number($0) } ?? .null,
                "recall": evaluation.recall(label).map { .number($0) } ?? .null,
                "samples": .integer(evaluation.confusion[label].reduce(0, +)),
            ])
        }
        return JSONValue.object([
            "split": .string(split.rawValue), "samples": .integer(evaluation.samples),
            "loss": .number(evaluation.loss), "accuracy": .number(evaluation.accuracy),
            "classes": .array(perClass),
            "confusion": .array(
                evaluation.confusion.map { .array($0.map { .integer($0) }) }),
        ])
    }
}
