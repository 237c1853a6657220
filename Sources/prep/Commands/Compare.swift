// prep compare: several runs beside each other.

internal import ArgumentParser
internal import Report

struct Compare: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Compare training runs in a table, and in a page with --html.")

    @Argument(help: "Run folders.")
    var runs: [String]

    @Option(help: ArgumentHelp("Write a page with the curves of all runs.", valueName: "compare.html"))
    var html: String?

    func run() throws {
        let comparison = try RunComparison(folders: runs)
        Terminal.print(comparison.text)
        if let html { Terminal.print("\n" + (try writePage(comparison.page, to: html))) }
    }
}
