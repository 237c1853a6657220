// prep mnist: IDX files.

internal import ArgumentParser
internal import Pipeline

struct MNIST: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "mnist",
        abstract: "Prepare MNIST or another dataset of IDX files.",
        discussion:
            "Runs pipelines/mnist.yaml. Finds train and t10k files with dash or dot, gzipped or not; also Fashion-MNIST, KMNIST and others of any image size."
    )

    @Argument(help: "The folder that holds the IDX files.")
    var input: String

    @Flag(help: "Keep the t10k files as the test split; divide train alone.")
    var officialTest = false

    @OptionGroup var options: PrepareOptions

    func run() throws {
        var configuration = try PipelineConfiguration.named("mnist")
        if officialTest { configuration.officialTest = true }
        try Prepare.run(configuration, input: input, options: options)
    }
}
