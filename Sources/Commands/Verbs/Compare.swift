// prep compare: compares training runs.

internal import ArgumentParser
internal import Report
internal import Shards

struct Compare: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Compare training runs in a table, or with --html also in a page.",
        discussion: """
            Where the dataset is at hand, the models are also compared sample by sample on its test split, which tells \
            chance from progress (McNemar's test).

              prep compare runs/mnist-cnn-1 runs/mnist-mlp-1
              prep compare runs/* --dataset shards/mnist --html compare.html
            """)

    @Argument(help: "Run folders.", completion: Completion.run)
    var runs: [String]

    @Option(
        help: "The dataset that the runs were trained on. (default: shards/NAME, if it is there)",
        completion: Completion.dataset)
    var dataset: String?

    @OptionGroup var jobs: JobsOption

    @Option(
        help: ArgumentHelp("Write an HTML page with the curves of all runs.", valueName: "compare.html"),
        completion: .file())
    var html: String?

    @OptionGroup var quiet: QuietOption

    func run() throws {
        try OutputFiles.require((html, .page))
        let workers = try jobs.count()
        let folders = runs.map { $0.trimming("/") }
        var comparison = try RunComparison(folders: folders)
        if let dataset = try comparedDataset(comparison) {
            comparison.paired = try PairedRuns(
                folders, on: dataset, jobs: workers, isCancelled: Interruption.watch())
            if comparison.paired == nil, self.dataset != nil {
                Terminal.note("prep: \(dataset.folder) has no split that none of the runs learned from")
            }
        }
        let written = try html.map { try writePage(comparison.page, to: $0) }
        Terminal.print(comparison.text)
        if let written { Terminal.print("\n" + written) }
    }

    /// The dataset on which all runs can be compared, if there is one.
    private func comparedDataset(_ comparison: RunComparison) throws -> PreparedDataset? {
        let given = try dataset.map { try PreparedDataset($0) }
        guard runs.count > 1, let common = comparison.dataset else {
            if dataset != nil {
                Terminal.note(
                    "prep: --dataset compares the answers of two runs or more that were trained on one dataset"
                )
            }
            return nil
        }
        try given?.require(common.digest)
        return given ?? PreparedDataset.usual(common.name, common.digest)
    }
}
