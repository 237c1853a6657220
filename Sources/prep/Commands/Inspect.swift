// prep inspect: what is in a dataset.

internal import ArgumentParser
internal import Dataset
internal import Report
internal import Shards

struct Inspect: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Show what is in a prepared dataset.",
        discussion:
            "Prints splits, classes, shards, pixel statistics, duplicates, rejects and quality findings.")

    @Argument(help: "The dataset's folder, such as shards/mnist.")
    var dataset: String

    @Flag(help: "Print JSON.")
    var json = false

    func run() throws {
        let dataset = try PreparedDataset(dataset)
        if json {
            Terminal.print(InspectionJSON.text(dataset.manifest))
        } else {
            Terminal.print(try DatasetSummary(dataset).text(width: Terminal.width))
        }
    }
}

extension DatasetSummary {
    init(_ dataset: PreparedDataset) throws {
        let manifest = dataset.manifest
        let rejections = try dataset.rejections()
        self.init(
            folder: dataset.folder, name: manifest.name, digest: manifest.digest, seed: manifest.seed,
            classes: manifest.classes, image: manifest.image, samples: manifest.samples,
            rejected: manifest.rejected,
            rejectionExamples: rejections.prefix(3).map { "\($0.key): \($0.reason)" },
            duplicateGroups: manifest.duplicates.groups, duplicateSamples: manifest.duplicates.samples,
            mean: manifest.mean, std: manifest.std,
            splits: Split.allCases.compactMap { split in
                manifest.splits[split].map { contents in
                    SplitSummary(
                        split: split, samples: contents.samples, copies: contents.copies,
                        classes: manifest.classes.map { contents.classes[$0] ?? 0 },
                        shards: contents.shards.count,
                        bytes: contents.shards.reduce(0) { $0 + $1.bytes })
                }
            },
            totalBytes: manifest.totalBytes, findings: manifest.findingSummaries.filter { $0.samples > 0 })
    }
}
