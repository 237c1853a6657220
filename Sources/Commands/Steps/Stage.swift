// prep stage: the first of the steps that many machines share.

internal import ArgumentParser
internal import Pipeline
internal import Report

struct Stage: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Step 1 of 5: decode and resize a part of the inputs.",
        discussion: """
            Prepares a dataset in steps over files, which any scheduler can run on many machines. The result is the one of \
            prep run with the same inputs and options. Every step may be run again, or twice at once: what is done is checked \
            and left.

              prep stage archives/*.zip --pipeline kaggle --part 0/8 --work W     … 7/8
              prep plan --work W
              prep partition --part 0/8 --work W                                  … 7/8
              prep write --part 0/8 --work W                                      … 7/8
              prep finish --work W --output shards/kaggle

            The exit status is 75 if a step failed in a way that may go away, such as a full disk, and 65 if it \
            always will.
            """)

    @Argument(
        help: "All archives and folders of the dataset, the same for each part, in any order.",
        completion: .file())
    var inputs: [String]

    @Option(
        help: "A YAML file, or the name of a pipeline that the program carries.",
        completion: Completion.pipeline)
    var pipeline: String

    @Option(help: ArgumentHelp("The part to stage, from 0, and how many there are.", valueName: "0/8"))
    var part: PartNumber

    @Flag(help: "Use the test images of MNIST (t10k, x_test …) as the test split.")
    var officialTest = false

    @OptionGroup var options: PipelineOptions
    @OptionGroup var step: StepOptions

    func run() throws {
        var configuration = try PipelineConfiguration.named(pipeline)
        if officialTest { configuration.officialTest = true }
        try options.apply(to: &configuration)
        let progress = ProgressLine(isEnabled: !step.quiet)
        defer { progress.clear() }
        try step.run {
            let work = try WorkFolder(step.work, configuration, inputs: inputs, parts: part.count)
            let images = try work.stage(
                part: part.number, of: inputs, workers: try step.jobs.count(),
                memory: try step.memory.bytes() / 4,
                isCancelled: Interruption.watch(), report: { progress.show($0) })
            progress.clear()
            let name = "part \(part.number) of \(part.count)"
            step.say(images.map { "\(name): \(TextStyle.plural($0, "image"))" } ?? "\(name): done before")
        }
    }
}
