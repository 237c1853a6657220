// prep draw: a page on which one draws for a model.

internal import ArgumentParser
internal import Dataset
internal import Imaging
internal import Report
internal import Shards
internal import Storage
internal import Training

struct Draw: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Write a page on which to draw for a trained model.",
        discussion: """
            Draw with a mouse, a finger or the arrow keys, or drop a photo: the page shows what the model sees, what it \
            says, and the most similar training samples. It is one file that needs no network and no server. The page \
            of a run has the same board.

              prep draw runs/mnist-cnn-1
              prep draw runs/digits shards/digits --fit mnist --html draw.html
            """)

    @Argument(help: "A run folder or a model file.", completion: Completion.run)
    var model: String

    @Argument(
        help:
            "The folder of the dataset that it was trained on, for the samples. (default: shards/NAME, if it is there)",
        completion: Completion.dataset)
    var dataset: String?

    @Option(help: "How to resize pictures, instead of as in the dataset's preparation.")
    var fit: Fit?

    @Option(
        help: ArgumentHelp(
            "The page to write. (default: draw.html in the run folder)", valueName: "draw.html"),
        completion: .file())
    var html: String?

    @OptionGroup var jobs: JobsOption

    @OptionGroup var quiet: QuietOption

    func run() throws {
        let path = model.trimming("/")
        try OutputFiles.require((html, .page))
        let model = try Model(contentsOf: path)
        let output = try html ?? page(beside: path)
        let about = model.description
        let given = try dataset.map { try PreparedDataset($0) }
        try given?.require(about.digest)
        let dataset = given ?? PreparedDataset.usual(about.dataset, about.digest)
        let board = try DrawingBoard(model, file: path, dataset: dataset, fit: fit, jobs: try jobs.count())
        let name = FileSystem.split(path).name
        let page = board.page(name, recipe: about.recipe.name, dataset: about.dataset)
        Terminal.print(try writePage(page, to: output))
        if dataset == nil {
            Terminal.print(
                "Without training samples: name the dataset's folder, as in prep draw \(path) shards/\(about.dataset)"
            )
        }
    }

    /// The page in the run's folder, or beside a model file.
    private func page(beside path: String) throws -> String {
        let page = "\(FileSystem.isFolder(path) ? path : FileSystem.split(path).folder)/draw.html"
        // Whoever made the run may have laid a link there.
        guard !FileSystem.exists(page) || FileSystem.isFile(page, followsLinks: false) else {
            throw StorageError.unusable(
                file: page, reason: "it is not a file of its own; remove it, or name another file with --html"
            )
        }
        try OutputFiles.require((page, .ownPage))
        return page
    }
}
