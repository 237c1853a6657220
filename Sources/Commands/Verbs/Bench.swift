// prep bench: measures how fast a dataset can be loaded.

public import ArgumentParser
internal import Configuration
internal import Dataset
internal import Foundation
internal import Imaging
public import Loader
internal import Report
internal import Shards
internal import Storage

struct Bench: ParsableCommand {
    enum Format: String, ExpressibleByArgument, CaseIterable {
        case u8, float, normalized
    }

    static let configuration = CommandConfiguration(
        abstract: "Measure how fast a dataset can be loaded, without training.",
        discussion: """
            Loads all batches of each epoch and prints samples per second, how long workers and consumer waited, \
            and where the time went. The first epoch reads and decodes the shards; later epochs come from memory \
            if the split fits.

              prep bench shards/mnist --format float --workers 2
              prep bench shards/mnist --augment rotate=10,shift=2
            """)

    @Argument(help: "The dataset's folder, such as shards/mnist.", completion: Completion.dataset)
    var dataset: String

    @Option(help: "Epochs to load.")
    var epochs = 3

    @Option(help: "Samples per batch.")
    var batch = 256

    @Option(help: "Threads that fill batches. (default: all cores)")
    var workers: Int?

    @Option(help: "Batches to prepare ahead.")
    var prefetch = 4

    @Option(
        help: "u8: bytes as stored; float: divided by 255; normalized: by the dataset's mean and deviation.")
    var format = Format.float

    @Option(help: "Whether a batch in colour holds planes (nchw) or pixels (nhwc).")
    var layout = PixelLayout.nchw

    @Option(
        help: ArgumentHelp(
            "Augment while loading: degrees, pixels; also scale, shear, flip, crop, elastic, brightness, contrast, erase.",
            valueName: "rotate=10,shift=2"))
    var augment: String?

    @Option(
        help: ArgumentHelp(
            "Memory for decoded pixels; a larger split is shuffled in windows.", valueName: "1GB"))
    var memory: String?

    @Option(help: "The split to load: train, validation or test.")
    var split = Split.train

    @Option(help: "Seed of order and augmentation.")
    var seed: UInt64 = 0

    @Flag(help: "Print JSON, one line per epoch.")
    var json = false

    @OptionGroup var quiet: QuietOption

    func run() throws {
        let dataset = try PreparedDataset(dataset)
        let loader = try DataLoader(dataset, split: split, options: options(dataset.manifest))
        let poll = Interruption.poll()
        for epoch in 0..<epochs {
            try poll()
            // Requesting the first epoch decodes the shards, and the time includes that.
            let start = monotonicSeconds()
            let stream = try loader.batches(epoch: epoch)
            while let batch = try stream.next() { _ = batch.count }
            let measures = stream.measures
            let seconds = monotonicSeconds() - start
            if json {
                Terminal.print(json: measures.json(epoch: epoch, seconds: seconds), isLine: true)
            } else {
                Terminal.print(measures.text(epoch: epoch, seconds: seconds))
            }
        }
    }

    private func options(_ manifest: Manifest) throws -> LoaderOptions {
        guard (1...1_000_000).contains(epochs) else {
            throw ValidationError("--epochs must be from 1 to 1000000")
        }
        var options = LoaderOptions()
        options.batchSize = batch
        options.workers = workers ?? ProcessInfo.processInfo.activeProcessorCount
        options.prefetch = prefetch
        options.seed = seed
        options.layout = layout
        options.format =
            switch format {
            case .u8: .u8
            case .float: .unit
            case .normalized: .normalized(by: manifest)
            }
        if let memory {
            options.memory = try parseOption(memory, "--memory", Quantity.bytesNotation, Quantity.bytes)
        }
        if let augment {
            options.augmentation = try Augmentation.parse(augment, option: "--augment").0
        }
        return options
    }
}

extension PixelLayout: ExpressibleByArgument {}
