// prep card: metadata beside a dataset's shards.

internal import ArgumentParser
internal import Export
internal import Shards

struct Card: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Write a dataset's metadata: croissant.json and README.md.",
        discussion: """
            croissant.json is for search engines and tools (mlcommons.org/croissant), README.md for people and Hugging \
            Face. Both lie in the dataset's folder. What the options do not say comes from the key about of the \
            pipeline, and from the data.

              prep card shards/mnist --license CC-BY-4.0 --creator "A. Person"
            """)

    @Argument(help: "The dataset's folder, such as shards/mnist.", completion: Completion.dataset)
    var dataset: String

    @OptionGroup var about: AboutOptions

    @OptionGroup var quiet: QuietOption

    func run() throws {
        let dataset = try PreparedDataset(dataset)
        for path in try DatasetCard(dataset, about: try about.about()).write() { Terminal.print(path) }
    }
}
