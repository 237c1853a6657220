// prep export: writes a dataset in the format of another tool.

internal import ArgumentParser
internal import Export
internal import Report
internal import Shards

struct ExportDataset: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "export",
        abstract: "Write a prepared dataset in the format of another tool.",
        discussion: """
              folder      train/CLASS/00000000.png …, for torchvision's ImageFolder and Keras
              idx         MNIST's files: train-images-idx3-ubyte …; gray images only
              npz         one file with Keras' names: x_train, y_train, x_val …
              csv         train.csv … with the columns label, pixel0 …, as on Kaggle
              webdataset  tar files of PNGs, with an index of each for DALI

            Images keep their splits and stored order; samples.csv says where each is from, croissant.json what all \
            of it is. In Python, prep.export writes Parquet, TFRecord and MDS as well.

              prep export shards/mnist --format webdataset --output mnist-tar
            """)

    @Argument(help: "The dataset's folder, such as shards/mnist.", completion: Completion.dataset)
    var dataset: String

    @Option(help: "The format.")
    var format: ExportFormat

    @Option(
        name: .shortAndLong,
        help: ArgumentHelp("The folder to write; it must be empty or not exist.", valueName: "folder"),
        completion: .directory)
    var output: String

    @OptionGroup(title: "Metadata") var about: AboutOptions

    @OptionGroup var jobs: JobsOption

    @OptionGroup var quiet: QuietOption

    func run() throws {
        let export = try DatasetExport(
            try PreparedDataset(dataset), as: format, to: output, about: try about.about(),
            workers: try jobs.count(), poll: Interruption.poll())
        Terminal.print("\(export.output): \(TextStyle.plural(export.rows, "image")) as \(format.rawValue)")
    }
}

extension ExportFormat: ExpressibleByArgument {}
