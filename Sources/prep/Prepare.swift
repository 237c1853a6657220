// What kaggle, images, mnist and run do with their pipeline: prepare the dataset and print a summary.

internal import Pipeline
internal import Report
internal import Shards

enum Prepare {
    static func run(_ base: PipelineConfiguration, inputs: [String], options: PrepareOptions) throws {
        var configuration = base
        try options.pipeline.apply(to: &configuration)
        let progress = ProgressLine(isEnabled: !options.quiet)
        defer { progress.clear() }
        let preparation = Preparation(
            configuration: configuration, inputs: inputs,
            output: options.output ?? "shards/\(configuration.name)",
            workers: try options.jobs.count(), memory: try options.memory.bytes(),
            overwrite: options.overwrite
        )
        let summary = try preparation.run(
            isCancelled: { Interruption.isRequested }, report: { progress.show($0) })
        progress.clear()
        if options.json {
            Terminal.print(json: summary.manifest.summaryJSON)
        } else if !options.quiet {
            Terminal.print(summary.text(folder: preparation.output))
        }
    }
}
