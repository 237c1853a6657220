// prep run: a pipeline of the user's own.

internal import ArgumentParser
internal import Pipeline

struct Run: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Run a pipeline from a YAML file.",
        discussion: """
            pipelines/example.yaml explains every key. Options change single values of the file. The program carries \
            the pipelines kaggle, images, mnist and kaggle-as-mnist, which need no file.
            """)

    @Argument(help: "The pipeline: a YAML file, or the name of one that the program carries.")
    var pipeline: String

    @Option(name: .shortAndLong, help: "The archive or folder to prepare.")
    var input: String

    @OptionGroup var options: PrepareOptions

    func run() throws {
        try Prepare.run(PipelineConfiguration.named(pipeline), input: input, options: options)
    }
}
