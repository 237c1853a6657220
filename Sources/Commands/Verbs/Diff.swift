// prep diff: what differs between two prepared datasets.

internal import ArgumentParser
internal import Pipeline
internal import Report
internal import Shards

struct Diff: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Say what differs between two prepared datasets.",
        discussion: """
            Compares samples by their keys: which are in one alone, which have another label, split, fold, source or \
            pixels; and the settings they were prepared with. Exit status: 0 if the data are equal, as their digests are, \
            1 if not.

              prep diff shards/kaggle shards/clean
            """)

    @Argument(help: "A dataset's folder.", completion: Completion.dataset)
    var first: String

    @Argument(help: "The folder that is compared with it.", completion: Completion.dataset)
    var second: String

    @OptionGroup var jobs: JobsOption

    @Flag(help: "Print all differences as JSON.")
    var json = false

    @OptionGroup var quiet: QuietOption

    func run() throws {
        let diff = try DatasetDiff(
            try PreparedDataset(first), try PreparedDataset(second), workers: try jobs.count())
        if json { Terminal.print(json: diff.json) } else { Terminal.print(diff.text) }
        if !diff.sameData { throw ExitCode(1) }
    }
}
