// prep run: runs a pipeline from a YAML file, or one that the program carries.

internal import ArgumentParser
internal import Pipeline

struct Run: PreparingCommand {
    static let configuration = CommandConfiguration(
        abstract: "Run a pipeline from a YAML file.",
        discussion: """
            pipelines/example.yaml explains every key. Options change single values of the pipeline. The program \
            carries these pipelines, which need no file: \(PipelineConfiguration.builtinNames.joined(separator: ", ")).

              prep run my-pipeline.yaml --input archive.zip
              prep run kaggle-as-mnist --input archive.zip --seed 1
            """)

    @Argument(
        help: ArgumentHelp(
            "A YAML file, or the name of a pipeline that the program carries.", valueName: "pipeline"),
        completion: Completion.pipeline)
    var file: String

    @Option(
        name: [.customShort("i"), .customLong("input")], parsing: .upToNextOption,
        help: ArgumentHelp("The archives or folders to prepare, as one dataset.", valueName: "ARCHIVE"),
        completion: .file())
    var inputs: [String]

    @OptionGroup var options: PrepareOptions

    func pipeline() throws -> PipelineConfiguration { try .named(file) }
}
