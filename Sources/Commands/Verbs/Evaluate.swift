// prep evaluate: evaluates a model on a split.

internal import ArgumentParser
internal import Dataset
internal import Report
internal import Shards
internal import Storage
internal import Training

struct Evaluate: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Evaluate a trained model on a split of a dataset.",
        discussion: """
            Prints loss, accuracy, the confusion matrix, and precision and recall of each class.

              prep evaluate runs/mnist-cnn-1 shards/mnist
              prep evaluate runs/mnist-cnn-1 shards/mnist --split all --json
              prep evaluate runs/mnist-cnn-1 shards/mnist --predictions predictions.csv --quiet
            """)

    @Argument(help: "A run folder or a model file.", completion: Completion.run)
    var model: String

    @Argument(help: "The dataset's folder, such as shards/mnist.", completion: Completion.dataset)
    var dataset: String

    @Option(help: "The split to evaluate: train, validation, test, or all of them in turn.")
    var split = Choice.test

    enum Choice: String, ExpressibleByArgument, CaseIterable {
        case train, validation, test, all
    }

    @Option(
        help: ArgumentHelp(
            "Write the prediction and logits of each sample as CSV.", valueName: "predictions.csv"),
        completion: .file())
    var predictions: String?

    @OptionGroup var jobs: JobsOption

    @Flag(help: "Print JSON.")
    var json = false

    @OptionGroup var quiet: QuietOption

    func run() throws {
        try OutputFiles.require((predictions, .table))
        let path = model
        let model = try Model(contentsOf: path)
        let dataset = try PreparedDataset(dataset)
        try model.requireFit(dataset)
        let evaluator = try Evaluator(model, jobs: try jobs.count())
        if let note = model.description.note(of: dataset.manifest) { Terminal.note(note) }
        let splits =
            Split(rawValue: split.rawValue).map { [$0] }
            ?? Split.allCases.filter {
                dataset.manifest.hasSamples($0) || model.description.fold != nil && $0 == .validation
            }
        var said: [(split: Split, prediction: Prediction)] = []
        let evaluations = try splits.map { split in
            let evaluation = try evaluator.evaluate(
                model, on: dataset, split: split,
                report: predictions == nil ? nil : { said.append((split, $0)) },
                isCancelled: Interruption.watch())
            return (split, evaluation)
        }
        if let predictions {
            try FileSystem.write(
                [PredictionTable(said, of: dataset, withSplit: split == .all).bytes], to: predictions)
        }
        let classes = dataset.classes.names
        if json {
            for (split, evaluation) in evaluations {
                Terminal.print(json: evaluation.json(split, classes), isLine: self.split == .all)
            }
        } else {
            let texts = evaluations.map { $1.text($0, classes) }
            Terminal.print("\(path) on \(dataset.folder)\n" + texts.joined(separator: "\n\n"))
        }
    }
}
