// prep verify: checks a dataset against its manifest, and with --source against its source.

internal import ArgumentParser
internal import Pipeline
internal import Report
internal import Shards

struct Verify: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Check every digest and invariant of a prepared dataset.",
        discussion: """
            Reads every byte and checks digests, the format's rules and counts, and that no image lies in two splits. \
            With --source it prepares the source again and compares every sample. The exit status is 65 if anything \
            is wrong.

              prep verify shards/kaggle
              prep verify shards/kaggle --source archive.zip
            """)

    @Argument(help: "The dataset's folder, such as shards/mnist.", completion: Completion.dataset)
    var dataset: String

    @Option(
        parsing: .upToNextOption,
        help: ArgumentHelp("The archives or folders that it was prepared from.", valueName: "ARCHIVE"))
    var source: [String] = []

    @Option(help: ArgumentHelp("The table that its labels are from, for --source.", valueName: "FILE.csv"))
    var labels: String?

    @OptionGroup var jobs: JobsOption

    @Flag(help: "Print JSON.")
    var json = false

    @OptionGroup var quiet: QuietOption

    func validate() throws {
        guard labels == nil || !source.isEmpty else { throw ValidationError("--labels is for --source") }
    }

    func run() throws {
        let workers = try jobs.count()
        let dataset = try PreparedDataset(dataset)
        var verification = Verification(of: dataset, workers: workers)
        if !source.isEmpty {
            verification.add(
                try SourceVerification.check(dataset, against: source, labels: labels, workers: workers))
        }
        do {
            _ = try PipelineConfiguration(recordedIn: dataset)
        } catch {
            verification.add(.init("the configuration is that of a pipeline", problems: ["\(error)"]))
        }
        if json {
            Terminal.print(json: verification.json)
        } else {
            Terminal.print(verification.text(dataset.folder))
        }
        guard verification.problems.isEmpty else {
            if quiet.quiet {
                for problem in verification.problems.prefix(10) { Terminal.printError("prep: \(problem)") }
            }
            throw ExitCode(65)
        }
    }
}
