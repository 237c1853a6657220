// prep verify: checks a dataset against its manifest, and with --source against its source.

internal import ArgumentParser
internal import Dataset
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
        help: ArgumentHelp("The archives or folders that it was prepared from.", valueName: "ARCHIVE"),
        completion: .file())
    var source: [String] = []

    @Option(
        help: ArgumentHelp("The table that its labels are from, for --source.", valueName: "FILE.csv"),
        completion: .file())
    var labels: String?

    @OptionGroup var jobs: JobsOption

    @Flag(help: "Print JSON.")
    var json = false

    @OptionGroup var quiet: QuietOption

    func validate() throws {
        guard labels == nil || !source.isEmpty else { throw ValidationError("--labels is for --source") }
    }

    /// Whether a failure tells about the data, which a program that asks for JSON wants to read there.
    private func isAnswer(_ failure: any Failure) -> Bool { json && failure.kind == .badInput }

    func run() throws {
        let workers = try jobs.count()
        let dataset: PreparedDataset
        do {
            dataset = try PreparedDataset(self.dataset)
        } catch let failure as any Failure where isAnswer(failure) {
            Terminal.print(json: Verification(unreadable: "\(failure)").json)
            throw ExitCode(failure.kind.exitStatus)
        }
        var verification = Verification(of: dataset, workers: workers)
        if !source.isEmpty {
            do {
                verification.add(
                    try SourceVerification.check(dataset, against: source, labels: labels, workers: workers))
            } catch let failure as any Failure where isAnswer(failure) {
                verification.add(.init("the source can be prepared again", problems: ["\(failure)"]))
            }
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
