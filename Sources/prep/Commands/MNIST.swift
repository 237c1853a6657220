// prep mnist: MNIST and other IDX files.

internal import ArgumentParser
internal import Pipeline

struct MNIST: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "mnist",
        abstract: "Prepare MNIST or another dataset of IDX files.",
        discussion:
            """
            Runs the pipeline “mnist”, which the program carries (pipelines/mnist.yaml). Finds the train and t10k files, \
            with a dash or a dot in their names, gzipped or not. Fashion-MNIST, KMNIST and other IDX datasets work \
            too, whatever the size of their images.
            """
    )

    @Argument(help: "The folder that holds the IDX files; several become one dataset.")
    var inputs: [String]

    @Flag(help: "Use the t10k files as the test split; divide only the train files.")
    var officialTest = false

    @OptionGroup var options: PrepareOptions

    func run() throws {
        var configuration = try PipelineConfiguration.named("mnist")
        if officialTest { configuration.officialTest = true }
        try Prepare.run(configuration, inputs: inputs, options: options)
    }
}
