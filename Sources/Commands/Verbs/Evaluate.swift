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
        discussion: "Prints loss, accuracy, the confusion matrix, and precision and recall of each class.")

    @Argument(help: "A run folder or a model file.", completion: Completion.run)
    var model: String

    @Argument(help: "The dataset's folder, such as shards/mnist.", completion: Completion.dataset)
    var dataset: String

    @Option(help: "The split to evaluate.")
    var split = Split.test

    @Option(
        help: ArgumentHelp(
            "Write the prediction and logits of each sample as CSV.", valueName: "predictions.csv"))
    var predictions: String?

    @OptionGroup var jobs: JobsOption

    @Flag(help: "Print JSON.")
    var json = false

    func run() throws {
        let path = model
        let model = try Model(contentsOf: path)
        let dataset = try PreparedDataset(dataset)
        let evaluator = Evaluator(model, jobs: try jobs.count())
        if let note = model.description.note(of: dataset.manifest) { Terminal.printError(note) }
        var said: [Prediction] = []
        let evaluation = try evaluator.evaluate(
            model, on: dataset, split: split, report: predictions == nil ? nil : { said.append($0) },
            isCancelled: { Interruption.isRequested })
        if let predictions {
            try FileSystem.write([PredictionTable(said, of: dataset).bytes], to: predictions)
        }
        let classes = dataset.classes.names
        if json {
            Terminal.print(json: evaluation.json(split, classes))
        } else {
            Terminal.print("\(path) on \(dataset.folder)\n" + evaluation.text(split, classes))
        }
    }
}
