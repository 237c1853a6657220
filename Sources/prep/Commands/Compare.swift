// prep compare: several runs beside each other.

internal import ArgumentParser
internal import Report
internal import Shards
internal import Training

struct Compare: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Compare training runs in a table, and in a page with --html.")

    @Argument(help: "Run folders.")
    var runs: [String]

    @Option(help: ArgumentHelp("Write a page with the curves of all runs.", valueName: "compare.html"))
    var html: String?

    func run() throws {
        let comparison = RunComparison(try runs.map { try RunReport(RunRecord(contentsOf: $0)) })
        Terminal.print(comparison.text)
        if let html {
            let page = comparison.page
            try FileSystem.write([Array(page.utf8)], to: html)
            Terminal.print("\n\(html): \(TextStyle.bytes(page.utf8.count)), open it in a browser")
        }
    }
}
