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
        let output = options.output ?? "shards/\(configuration.name)"
        if let work = options.work {
            let manifest = try WorkFolder.opened(work, configuration, inputs: inputs).run(
                inputs, to: output, workers: try options.jobs.count(), memory: try options.memory.bytes(),
                overwrite: options.overwrite, isCancelled: { Interruption.isRequested },
                report: { progress.show($0) })
            progress.clear()
            show(manifest, in: output, isJSON: options.json, isQuiet: options.quiet)
            return
        }
        let preparation = Preparation(
            configuration: configuration, inputs: inputs, output: output,
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

    /// Prints what steps made, which do not know of each other's times.
    static func show(_ manifest: Manifest, in folder: String, isJSON: Bool, isQuiet: Bool) {
        if isJSON {
            Terminal.print(json: manifest.summaryJSON)
        } else if !isQuiet {
            let warnings = manifest.warnings.map { "\n  warning: \($0)" }.joined()
            Terminal.print(
                "\(folder): \(TextStyle.plural(manifest.samples, "image"))\(warnings)\n  digest \(manifest.digest.hex)"
            )
        }
    }
}
