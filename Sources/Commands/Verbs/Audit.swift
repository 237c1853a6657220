// prep audit: labels that a model finds improbable.

public import ArgumentParser
internal import Pipeline
internal import Report
internal import Shards
internal import Storage
public import Training

struct Audit: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Find samples whose label is probably wrong.",
        discussion: """
            With the model of a run, ranks the samples of validation and test, which it was not trained on:

              prep audit runs/kaggle-standard-1 shards/kaggle

            With --folds, trains as many models, each without one fold of the dataset, and ranks all samples, those \
            of train too; identical and nearly identical images and groups are in one fold:

              prep audit shards/kaggle --folds 5 --csv labels.csv

            Labels are ranked by self-confidence, the probability of the given label, or by normalised margin, its \
            distance from the most probable other class (Northcutt et al., 2021). 
            """)

    @Argument(
        help: "A run folder or a model file; with --folds, the folder of the dataset.",
        completion: Completion.run)
    var model: String

    @Argument(
        help: "The folder of the dataset that the run was trained on; not with --folds.",
        completion: Completion.dataset)
    var dataset: String?

    @Option(help: ArgumentHelp("Train this many models, each without one fold, 2 to 100.", valueName: "5"))
    var folds: Int?

    @Option(
        help: ArgumentHelp(
            "With --folds: the recipe, a name or a YAML file. (default: standard, adapted to the data)",
            valueName: "cnn|FILE"), completion: Completion.recipe)
    var recipe: String?

    @Option(help: "With --folds: seed of the models. (default: 0)")
    var seed: UInt64?

    @Option(help: "What to rank by.")
    var rankBy: LabelAudit.Measure = .selfConfidence

    @Option(help: "Samples to list. (default: 20; with --json all)")
    var limit: Int?

    @Option(
        help: ArgumentHelp("Write the whole ranking as a table.", valueName: "audit.csv"), completion: .file()
    )
    var csv: String?

    @Option(
        help: ArgumentHelp("Write an HTML page with the first 300 samples.", valueName: "audit.html"),
        completion: .file())
    var html: String?

    @OptionGroup var jobs: JobsOption

    @Flag(help: "Print JSON, one line per sample.")
    var json = false

    @OptionGroup var quiet: QuietOption

    func run() throws {
        guard limit ?? 1 > 0 else { throw ValidationError("--limit must be 1 or more") }
        try OutputFiles.require((csv, .table), (html, .page))
        let jobs = try jobs.count()
        let (ranking, dataset, judge) = try folds.map { try rank(folds: $0, jobs) } ?? rankByModel(jobs)
        if let csv { try FileSystem.write([try ranking.csv(of: dataset)], to: csv) }
        let shown = limit ?? 20
        // It reads images, which JSON alone has no use for.
        let report =
            try json && html == nil
            ? nil
            : AuditReport(
                ranking, of: dataset, run: judge,
                limit: max(shown, html == nil ? 0 : AuditReport.pageLimit), jobs: jobs)
        // Before anything is printed: who reads it may stop reading.
        let written = try html.flatMap { path in try report.map { try writePage($0.page, to: path) } }
        guard let report, !json else {
            for line in try ranking.lines(limit: limit ?? .max, of: dataset) {
                Terminal.print(json: line, isLine: true)
            }
            return
        }
        Terminal.print(report.text(limit: shown))
        if let csv { Terminal.print("\nAll \(ranking.predictions.count) samples are in \(csv)") }
        if let written { Terminal.print("\n" + written) }
    }

    private func rankByModel(_ jobs: Int) throws -> (LabelAudit, PreparedDataset, judge: String) {
        guard let folder = dataset else {
            throw ValidationError("name a run and its dataset, or a dataset with --folds 5")
        }
        guard recipe == nil, seed == nil else {
            throw ValidationError("--recipe and --seed are for --folds")
        }
        let dataset = try PreparedDataset(folder)
        let ranking = try LabelAudit(
            try Model(contentsOf: model), dataset, by: rankBy, jobs: jobs,
            isCancelled: Interruption.watch())
        return (ranking, dataset, "the model of \(model)")
    }

    private func rank(folds count: Int, _ jobs: Int) throws -> (LabelAudit, PreparedDataset, judge: String) {
        guard (2...Manifest.Limit.folds).contains(count) else {
            throw ValidationError("--folds must be from 2 to \(Manifest.Limit.folds)")
        }
        guard dataset == nil else {
            throw ValidationError("with --folds, name the dataset alone: models are trained for the audit")
        }
        let dataset = try PreparedDataset(model)
        let recipe = try recipe.map(Recipe.named) ?? Recipe.standard(for: dataset.manifest)
        let folds = try FoldAssignment(
            of: try dataset.provenance(), classes: dataset.manifest.classes, count: count
        ).folds
        let ranking = try LabelAudit(
            recipe, on: dataset, folds: folds, count: count, seed: seed ?? 0, by: rankBy, jobs: jobs,
            isCancelled: Interruption.watch()
        ) { fold, accuracy in
            Terminal.note(
                "fold \(fold) of \(count): \(TextStyle.percent(accuracy, 2)) of its labels "
                    + "are what the other folds teach"
            )
        }
        return (ranking, dataset, "“\(recipe.name)” on \(count) folds")
    }
}

extension LabelAudit.Measure: ExpressibleByArgument {}
