// What kaggle, images, mnist and run do with their pipeline: prepare the dataset and print a summary.

internal import ArgumentParser
internal import Pipeline
internal import Report
internal import Shards

/// A command that prepares a dataset.
protocol PreparingCommand: ParsableCommand {
    /// The pipeline before its values are changed by `options`.
    func pipeline() throws -> PipelineConfiguration
    var inputs: [String] { get }
    var options: PrepareOptions { get }
}

extension PreparingCommand {
    /// The preparation that is asked for, but for `--work`, `--json` and `--quiet`.
    func preparation() throws -> Preparation {
        var configuration = try pipeline()
        try options.pipeline.apply(to: &configuration)
        return Preparation(
            configuration: configuration, inputs: inputs,
            output: options.output ?? "shards/\(configuration.name)", workers: try options.jobs.count(),
            memory: try options.memory.bytes(), overwrite: options.overwrite)
    }

    func run() throws {
        let preparation = try preparation()
        let progress = ProgressLine(isEnabled: !options.quiet)
        defer { progress.clear() }
        if let work = options.work {
            let folder = try WorkFolder.opened(work, preparation.configuration, inputs: inputs)
            let manifest = try folder.run(
                inputs, to: preparation.output, workers: preparation.workers, memory: preparation.memory,
                overwrite: preparation.overwrite, isCancelled: Interruption.watch(),
                report: { progress.show($0) })
            progress.clear()
            try Prepare.show(
                manifest, folder.notes(), in: preparation.output, isJSON: options.json, isQuiet: options.quiet
            )
            return
        }
        let summary = try preparation.run(
            isCancelled: Interruption.watch(), report: { progress.show($0) })
        progress.clear()
        if options.json {
            Terminal.print(json: summary.manifest.summaryJSON)
        } else if !options.quiet {
            Terminal.print(summary.text(folder: preparation.output))
        }
    }
}

enum Prepare {
    /// Prints what steps made, which do not know of each other's times.
    static func show(_ manifest: Manifest, _ notes: PlanNotes, in folder: String, isJSON: Bool, isQuiet: Bool)
    {
        if isJSON {
            Terminal.print(json: manifest.summaryJSON)
        } else if !isQuiet {
            Terminal.print(PreparationResult(manifest, notes).lines(folder).joined(separator: "\n"))
        }
    }
}
