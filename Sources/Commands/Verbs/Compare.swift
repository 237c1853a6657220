// prep compare: compares training runs.

internal import ArgumentParser
internal import Report

struct Compare: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Compare training runs in a table, or with --html also in a page.")

    @Argument(help: "Run folders.", completion: Completion.run)
    var runs: [String]

    @Option(help: ArgumentHelp("Write an HTML page with the curves of all runs.", valueName: "compare.html"))
    var html: String?

    @OptionGroup var quiet: QuietOption

    func run() throws {
        let comparison = try RunComparison(folders: runs)
        Terminal.print(comparison.text)
        if let html { Terminal.print("\n" + (try writePage(comparison.page, to: html))) }
    }
}
