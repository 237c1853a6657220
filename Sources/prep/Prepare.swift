// What all preparing commands do once their pipeline is known: run it and print.

internal import Dataset
internal import Foundation
internal import Pipeline
internal import Report
internal import Shards

enum Prepare {
    static func run(_ base: PipelineConfiguration, input: String, options: PrepareOptions) throws {
        var configuration = base
        try options.apply(to: &configuration)
        let progress = ProgressLine(isEnabled: !options.quiet)
        defer { progress.clear() }
        let preparation = Preparation(
            configuration: configuration, input: input,
            output: options.output ?? "shards/\(configuration.name)",
            workers: try options.workers(), memory: try options.memoryBytes(), overwrite: options.overwrite)
        let summary = try preparation.run(
            isCancelled: { Interruption.isRequested }, report: { progress.show($0) })
        progress.clear()
        if options.json {
            Terminal.print(json: InspectionJSON.value(summary.manifest))
        } else if !options.quiet {
            Terminal.print(RunSummary(summary, folder: preparation.output).text)
        }
    }
}

extension RunSummary {
    init(_ summary: PreparationSummary, folder: String) {
        let manifest = summary.manifest
        self.init(
            folder: folder, images: manifest.samples, rejected: manifest.rejected,
            skipped: summary.skipped.others, links: summary.skipped.links,
            duplicateGroups: manifest.duplicates.groups,
            splits: Split.allCases.map { split in
                (split.rawValue, manifest[split].samples, manifest[split].copies)
            },
            bytes: manifest.totalBytes, digest: manifest.digest.hex, workers: summary.workers,
            sourceBytes: summary.sourceBytes, scratchBytes: summary.scratchBytes, staging: summary.staging,
            planning: summary.planning, writing: summary.writing,
            work: StageTimes.Stage.allCases.compactMap { stage in
                summary.times.seconds[stage].map { (stage.rawValue, $0) }
            }, findings: manifest.findingSummaries)
    }
}

extension Manifest {
    var findingSummaries: [FindingSummary] {
        findings.map {
            FindingSummary(name: $0.name, samples: $0.samples, dropped: $0.dropped, rule: $0.rule)
        }
    }
}
