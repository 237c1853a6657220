// prep mnist: MNIST and other IDX files.

internal import ArgumentParser
internal import Pipeline

struct MNIST: PreparingCommand {
    static let configuration = CommandConfiguration(
        commandName: "mnist",
        abstract: "Prepare MNIST or another dataset of pixels: IDX files, CSV, .npz.",
        discussion:
            """
            Runs the pipeline “mnist”, which the program carries (pipelines/mnist.yaml). Finds the train and t10k files, \
            with a dash or a dot in their names, gzipped or not. Fashion-MNIST, KMNIST and other IDX datasets work \
            too, whatever the size of their images. So does MNIST as .npz (x_train, y_train, x_test, y_test), as .npy files \
            of these names, and as CSV files, of which those with “test” in their names are the test images.

              prep mnist ./dataset
              prep mnist ./dataset --name official --official-test
              prep mnist digits.npz --name keras
            """
    )

    @Argument(
        help:
            "The folder that holds the IDX or .npy files, or CSV files or an .npz; several become one dataset.",
        completion: .file())
    var inputs: [String]

    @Flag(help: "Use the test images (t10k, x_test …) as the test split; divide only the train images.")
    var officialTest = false

    @OptionGroup var options: PrepareOptions

    func pipeline() throws -> PipelineConfiguration {
        var configuration = try PipelineConfiguration.named("mnist")
        if officialTest { configuration.officialTest = true }
        return configuration
    }
}
