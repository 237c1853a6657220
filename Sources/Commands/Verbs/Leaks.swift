// prep leaks: images that two datasets share.

internal import ArgumentParser
internal import Configuration
internal import Pipeline
internal import Report
internal import Storage

struct Leaks: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Find images of one dataset that are in another.",
        discussion: """
            Compares all images with all others, identical or nearly identical, at the smaller of the two sizes:

              prep leaks shards/mine shards/benchmark            which images of benchmark are in mine
              prep leaks shards/mnist:train shards/mnist:test    which test images are in train
              prep leaks shards/kaggle                           which images are in the dataset twice
            """)

    @Argument(
        help: "A dataset's folder, or one split of it as FOLDER:train.", completion: Completion.dataset)
    var first: String

    @Argument(
        help: "The dataset whose images are looked for in the first.", completion: Completion.dataset)
    var second: String?

    @Option(
        help: ArgumentHelp(
            "The largest root mean square of differences, in levels; 0: only identical images. (default: 8, or more if a dataset was prepared with more)",
            valueName: "levels"))
    var near: String?

    @Option(help: "Images to list. (default: 20; with --json all)")
    var limit: Int?

    @Option(help: ArgumentHelp("Write all of them as a table.", valueName: "leaks.csv"), completion: .file())
    var csv: String?

    @Option(
        help: ArgumentHelp("Write an HTML page that shows the pairs.", valueName: "leaks.html"),
        completion: .file())
    var html: String?

    @OptionGroup var jobs: JobsOption

    @Flag(help: "Print JSON, one line per image.")
    var json = false

    @OptionGroup var quiet: QuietOption

    func run() throws {
        guard limit ?? 1 > 0 else { throw ValidationError("--limit must be 1 or more") }
        try OutputFiles.require((csv, .table), (html, .page))
        let jobs = try jobs.count()
        let parts = (try DatasetPart(first), try second.map { try DatasetPart($0) })
        // Photos are compared at more levels than ink.
        let prepared = [parts.0, parts.1 ?? parts.0].map(\.dataset.manifest.nearDuplicates.levels)
        let levels =
            try near.map { try parseOption($0, "--near", Quantity.levelsNotation, Quantity.levels) }
            ?? prepared.reduce(8, max)
        let leaks = try DatasetLeaks(
            in: parts.0, of: parts.1, levels: levels,
            memory: MemoryOption.standard, workers: jobs)
        let report = LeakReport(leaks, in: parts.0, of: parts.1)
        if let csv { try FileSystem.write([report.csv], to: csv) }
        let page = try html.map { try writePage(try report.page(jobs: jobs), to: $0) }
        if json {
            for line in report.lines.prefix(limit ?? .max) { Terminal.print(json: line, isLine: true) }
            return
        }
        Terminal.print(report.text(limit: limit ?? 20))
        if let page { Terminal.print("\n" + page) }
    }
}
