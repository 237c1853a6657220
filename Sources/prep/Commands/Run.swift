// prep run: runs a pipeline from a YAML file, or one that the program carries.

internal import ArgumentParser
internal import Pipeline

struct Run: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Run a pipeline from a YAML file.",
        discussion: """
            pipelines/example.yaml explains every key. Options change single values of the pipeline. The program \
            carries these pipelines, which need no file: \(PipelineConfiguration.builtinNames.joined(separator: ", ")).
            """)

    @Argument(help: "A YAML file, or the name of a pipeline that the program carries.")
    var pipeline: String

    @Option(
        name: .shortAndLong, parsing: .upToNextOption,
        help: ArgumentHelp("The archives or folders to prepare, as one dataset.", valueName: "ARCHIVE"))
    var input: [String]

    @OptionGroup var options: PrepareOptions

    func run() throws {
        try Prepare.run(PipelineConfiguration.named(pipeline), inputs: input, options: options)
    }
}
