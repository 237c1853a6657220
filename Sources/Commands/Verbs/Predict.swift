// prep predict: classifies images with a trained model.

internal import ArgumentParser
internal import Configuration
internal import Dataset
internal import Imaging
internal import Pipeline
internal import Report
internal import Storage
internal import Training

struct Predict: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Classify images with a trained model.",
        discussion: """
            Images are prepared as the model's training data was; the model file records how. For an archive or a \
            folder, all images in it are classified; images that cannot be read are reported and skipped. MNIST is \
            not resized when it is prepared, so models trained on it need --fit mnist for photos. Tables and arrays of \
            pixels (.csv, .npz, .npy) need no labels here; --submission writes what Kaggle's competitions want.

              prep predict runs/mnist-cnn-1 photo.jpg scans/ --fit mnist
              prep predict runs/digits test.csv --submission submission.csv --quiet
            """)

    @Argument(help: "A run folder or a model file.", completion: Completion.run)
    var model: String

    @Argument(help: "Images, archives, folders, or tables and arrays of pixels.")
    var images: [String]

    @Option(help: "How to resize images, instead of as in the dataset's preparation.")
    var fit: Fit?

    @Option(
        help: ArgumentHelp(
            "Write a table with the columns ImageId and Label; ids are numbers of rows from 1, or names of image files.",
            valueName: "submission.csv"))
    var submission: String?

    @Flag(help: "Print JSON, one line per image.")
    var json = false

    @Flag(name: .shortAndLong, help: "Print nothing but errors.")
    var quiet = false

    func run() throws {
        let path = model
        let model = try Model(contentsOf: path)
        var configuration = try model.description.pipeline(file: path)
        if let fit { try configuration.override(size: model.description.image.size, filter: nil, fit: fit) }
        var preparation = ImagePreparation(configuration, channels: model.description.image.channels)
        let evaluator = Evaluator(model, jobs: 1)
        let names = model.description.classes.names
        var tally = PredictionTally(expected: model.description.image.size)
        var table = SubmissionTable()
        for argument in images {
            // Shells complete the name of a folder with a slash.
            let source =
                argument.count > 1 && argument.hasSuffix("/") ? String(argument.dropLast()) : argument
            do {
                try preparation.forEachImage(at: source) { outcome in
                    if Interruption.isRequested { throw Interruption() }
                    // With its folder, because several folders may hold the same names.
                    let path = outcome.path == source ? source : "\(source)/\(outcome.path)"
                    guard tally.accept(outcome, path: path, isNamed: outcome.path == source) else { return }
                    let probabilities = try evaluator.probabilities(model, pixels: outcome.pixels)
                    let prediction = ImagePrediction(path, probabilities, classes: names)
                    if submission != nil {
                        try table.add(path, isRow: outcome.row != nil, label: prediction.label)
                    }
                    show(prediction)
                }
            } catch let failure as SubmissionTable.Ambiguity {
                throw failure
            } catch let failure as any Failure where failure.kind != .interrupted {
                tally.fail(source, "\(failure)")
            }
        }
        // A submission with gaps would be refused, or worse, shifted.
        try tally.finish(mustBeComplete: submission != nil)
        guard let submission else { return }
        try FileSystem.write([table.bytes], to: submission)
        if !json, !quiet {
            Terminal.print("\nThe labels of \(TextStyle.plural(table.count, "image")) are in \(submission)")
        }
    }

    private func show(_ prediction: ImagePrediction) {
        if quiet { return }
        if json {
            Terminal.print(json: prediction.json, isLine: true)
        } else {
            Terminal.print(prediction.text)
        }
    }
}
