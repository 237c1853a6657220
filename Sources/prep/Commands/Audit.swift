// prep audit: labels that a trained model finds improbable.

internal import ArgumentParser
internal import Report
internal import Shards
internal import Training

struct Audit: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Find samples whose label is probably wrong.",
        discussion: """
            Ranks the samples of validation and test, which the model was not trained on, by the probability \
            that it gives their label, lowest first. To check the samples of train too, prepare the data with \
            another --seed, and train and audit a model on that.
            """)

    @Argument(help: "A run folder or a model file.")
    var model: String

    @Argument(help: "The folder of the dataset that the run was trained on.")
    var dataset: String

    @Option(help: "Samples to list. (default: 20; with --json all)")
    var limit: Int?

    @Option(help: ArgumentHelp("Write an HTML page with the first 300 samples.", valueName: "audit.html"))
    var html: String?

    @OptionGroup var jobs: JobsOption

    @Flag(help: "Print JSON, one line per sample.")
    var json = false

    func run() throws {
        guard limit ?? 1 > 0 else { throw ValidationError("--limit must be 1 or more") }
        let path = model
        let model = try Model(contentsOf: path)
        let dataset = try PreparedDataset(dataset)
        let jobs = try jobs.count()
        let ranking = try LabelAudit(
            model, dataset, jobs: jobs, isCancelled: { Interruption.isRequested })
        if json {
            for line in try ranking.lines(limit: limit ?? .max, of: dataset) {
                Terminal.print(json: line, isLine: true)
            }
            return
        }
        let limit = limit ?? 20
        let report = try AuditReport(
            ranking, of: dataset, by: model, run: path,
            limit: max(limit, html == nil ? 0 : AuditReport.pageLimit), jobs: jobs)
        Terminal.print(report.text(limit: limit))
        if let html { Terminal.print("\n" + (try writePage(report.page, to: html))) }
    }
}
