// prep audit: labels that a trained model doubts.

internal import ArgumentParser
internal import Dataset
internal import Report
internal import Shards
internal import Training

struct Audit: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Find samples whose label is probably wrong.",
        discussion: """
            Ranks the samples of validation and test, which the model has not learnt from, by how improbable it finds \
            their label. To look through train as well, train another run on another --seed of the preparation.
            """)

    @Argument(help: "A run folder, or a model file.")
    var model: String

    @Argument(help: "The folder of the dataset that the run was trained on.")
    var dataset: String

    @Option(help: "Samples to list. (default: 20; with --json all)")
    var limit: Int?

    @Option(help: ArgumentHelp("Write a page with the first 300.", valueName: "audit.html"))
    var html: String?

    @Option(name: .shortAndLong, help: "Threads. (default: all cores)")
    var jobs: Int?

    @Flag(help: "Print JSON, one line per sample.")
    var json = false

    func run() throws {
        guard limit ?? 1 > 0 else { throw ValidationError("--limit must be 1 or more") }
        let path = model
        let model = try Model(contentsOf: path)
        let dataset = try PreparedDataset(dataset)
        let jobs = try threadCount(jobs)
        let ranking = try LabelAudit(
            model, dataset, jobs: jobs, isCancelled: { Interruption.isRequested })
        if json { return printJSON(ranking, model.description.classes.names, try dataset.provenance()) }
        let limit = limit ?? 20
        let shown = ranking.judgements.prefix(max(limit, html == nil ? 0 : 300))
        let views = try SampleViews(dataset, ids: shown.map(\.id), jobs: jobs)
        let report = AuditReport(
            datasetName: dataset.manifest.name, datasetDigest: dataset.manifest.digest, run: path,
            method: ranking.method, classes: model.description.classes.names,
            examined: ranking.judgements.count,
            suspects: shown.compactMap { judgement in
                views[judgement.id].map {
                    AuditReport.Suspect(
                        sample: $0, label: judgement.label,
                        labelProbability: Double(judgement.probabilities[judgement.label]),
                        predicted: judgement.prediction, probability: Double(judgement.certainty))
                }
            })
        Terminal.print(report.text(limit: limit))
        if let html {
            let page = report.page
            try FileSystem.write([Array(page.utf8)], to: html)
            Terminal.print("\n\(html): \(TextStyle.bytes(page.utf8.count)), open it in a browser")
        }
    }

    private func printJSON(_ ranking: LabelAudit, _ classes: [String], _ provenance: [ProvenanceRow]) {
        for (rank, judgement) in ranking.judgements.prefix(limit ?? .max).enumerated() {
            let row = provenance[Int(judgement.id)]
            Terminal.print(
                json: .object([
                    "rank": .integer(rank + 1), "id": .integer(Int(judgement.id)),
                    "key": .string(row.key.text), "split": .string(row.split.rawValue),
                    "label": .string(classes[judgement.label]),
                    "label_probability": .number(Double(judgement.probabilities[judgement.label])),
                    "predicted": .string(classes[judgement.prediction]),
                    "probability": .number(Double(judgement.certainty)),
                ]), isLine: true)
        }
    }
}
