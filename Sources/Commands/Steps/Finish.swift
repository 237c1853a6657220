// prep finish: the last of the steps that many machines share.

internal import ArgumentParser
internal import Pipeline
internal import Report

struct Finish: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Step 5 of 5: make the dataset of all shards.",
        discussion: """
            The files get a second name in the dataset's folder, or are copied if that lies elsewhere; the work folder may be \
            removed afterwards. See prep stage --help for all steps.

              prep finish --work W --output shards/kaggle
            """)

    @Option(name: .shortAndLong, help: "The folder to write.", completion: .directory)
    var output: String

    @Flag(help: "Replace the dataset in the output folder.")
    var overwrite = false

    @Flag(help: "Print the result as JSON.")
    var json = false

    @OptionGroup var step: StepOptions

    func run() throws {
        try step.run {
            let work = try WorkFolder(step.work)
            let manifest = try work.finish(output, overwrite: overwrite)
            try Prepare.show(manifest, work.notes(), in: output, isJSON: json, isQuiet: step.quiet)
        }
    }
}
