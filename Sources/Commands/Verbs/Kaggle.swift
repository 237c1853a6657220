// prep kaggle: the Kaggle archive of digit photos, and others like it.

internal import ArgumentParser
internal import Pipeline

struct Kaggle: PreparingCommand {
    static let configuration = CommandConfiguration(
        abstract: "Prepare a Kaggle-like archive of photos.",
        discussion:
            """
            Runs the pipeline “kaggle”, which the program carries (pipelines/kaggle.yaml). It turns one folder of \
            photos per class into shards of 28x28 gray images.

              prep kaggle archive.zip
              prep kaggle archive.zip --name clean --drop blank,conflicting
              prep kaggle archive.zip --size 32 --polarity auto --split 70/15/15
            """
    )

    @Argument(
        help:
            "Archives (zip, tar, tar.gz, 7z …) and folders with one folder per class, which become one dataset.",
        completion: .file())
    var inputs: [String]

    @OptionGroup var options: PrepareOptions

    func pipeline() throws -> PipelineConfiguration { try .named("kaggle") }
}
