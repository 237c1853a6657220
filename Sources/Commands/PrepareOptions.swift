// The options that kaggle, images, mnist and run share.

public import ArgumentParser

struct PrepareOptions: ParsableArguments {
    @Option(name: .shortAndLong, help: "The folder to write. (default: shards/NAME)", completion: .directory)
    var output: String?

    @OptionGroup var pipeline: PipelineOptions
    @OptionGroup var jobs: JobsOption
    @OptionGroup var memory: MemoryOption

    @Flag(help: "Replace the dataset in the output folder.")
    var overwrite = false

    @Option(
        help: ArgumentHelp(
            "A folder for what is done so far: stopped, the same command goes on. It may be removed afterwards.",
            valueName: "FOLDER"), completion: .directory)
    var work: String?

    @Flag(help: "Print the result as JSON.")
    var json = false

    @Flag(name: .shortAndLong, help: "Print nothing but errors.")
    var quiet = false
}
