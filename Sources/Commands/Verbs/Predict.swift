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
              prep predict runs/digits archive.zip --csv predictions.csv --quiet
              prep predict runs/digits test.csv --submission submission.csv --quiet

            Where folders are named after classes, it also says how many images were predicted as their folder says.
            """)

    @Argument(help: "A run folder or a model file.", completion: Completion.run)
    var model: String

    @Argument(help: "Images, archives, folders, or tables and arrays of pixels.", completion: .file())
    var images: [String]

    @Option(help: "How to resize images, instead of as in the dataset's preparation.")
    var fit: Fit?

    @Option(
        help: ArgumentHelp("Write a table of all images and probabilities.", valueName: "predictions.csv"),
        completion: .file())
    var csv: String?

    @Option(
        help: ArgumentHelp(
            "Write a table with the columns ImageId and Label; ids are numbers of rows from 1, or names of image files.",
            valueName: "submission.csv"), completion: .file())
    var submission: String?

    @Flag(help: "Print JSON, one line per image.")
    var json = false

    @OptionGroup var quiet: QuietOption

    func run() throws {
        try OutputFiles.require((csv, .table), (submission, .table), besides: images)
        let path = model
        let model = try Model(contentsOf: path)
        var configuration = try model.description.pipeline(file: path)
        if let fit { try configuration.override(size: model.description.image.size, filter: nil, fit: fit) }
        var preparation = ImagePreparation(configuration, channels: model.description.image.channels)
        let evaluator = try Evaluator(model, jobs: 1)
        let names = model.description.classes.names
        var tally = PredictionTally(expected: model.description.image.size)
        var table = SubmissionTable()
        var predictions = ImagePredictionTable(classes: names)
        let poll = Interruption.poll()
        for argument in images {
            // Shells complete the name of a folder with a slash.
            let source = argument.trimming("/")
            if let what = PathContents.wrongFolder(source, wanted: "a folder of images") {
                tally.fail(source, what)
                continue
            }
            do {
                var isEmpty = true
                try preparation.forEachImage(at: source) { outcome in
                    isEmpty = false
                    try poll()
                    // With its folder, because several folders may hold the same names.
                    let path = outcome.path == source ? source : "\(source)/\(outcome.path)"
                    guard tally.accept(outcome, path: path, isNamed: outcome.path == source) else { return }
                    let probabilities = try evaluator.probabilities(model, pixels: outcome.pixels)
                    let prediction = ImagePrediction(path, probabilities, classes: names)
                    if submission != nil {
                        try table.add(path, isRow: outcome.row != nil, label: prediction.label)
                    }
                    if csv != nil { predictions.add(prediction) }
                    tally.compare(prediction)
                    show(prediction)
                }
                if isEmpty { tally.fail(source, "\(source): holds no image") }
            } catch let failure as SubmissionTable.Ambiguity {
                throw failure
            } catch let failure as any Failure where failure.kind != .interrupted {
                tally.fail(source, "\(failure)")
            }
        }
        if let csv, predictions.count > 0 { try write(predictions.bytes, of: predictions.count, to: csv) }
        if !json, let comparison = tally.comparison { say("\n" + comparison) }
        // A submission with gaps would be refused, or worse, shifted.
        try tally.finish(mustBeComplete: submission != nil)
        if let submission { try write(table.bytes, of: table.count, to: submission) }
    }

    private func write(_ table: [UInt8], of images: Int, to file: String) throws {
        try FileSystem.write([table], to: file)
        if !json { say("\n\(TextStyle.plural(images, "prediction")) in \(file)") }
    }

    private func show(_ prediction: ImagePrediction) {
        if !json { return say(prediction.text) }
        if writesTables {
            Terminal.log(json: prediction.json)
        } else {
            Terminal.print(json: prediction.json, isLine: true)
        }
    }

    /// Tables are written at the end, also if nobody reads what is printed before it.
    private var writesTables: Bool { csv != nil || submission != nil }

    private func say(_ text: String) {
        if quiet.quiet { return }
        if writesTables { Terminal.log(text) } else { Terminal.print(text) }
    }
}
