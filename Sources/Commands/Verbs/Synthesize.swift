// prep synthesize: draws synthetic digits to try things with.

internal import ArgumentParser
internal import Foundation
internal import Storage
internal import Synthesis

struct Synthesize: ParsableCommand {
    enum Kind: String, ExpressibleByArgument, CaseIterable {
        case kaggle, idx
    }

    static let configuration = CommandConfiguration(
        abstract: "Draw synthetic handwritten digits, as an archive or as IDX files.",
        usage: "prep synthesize [<options>] <output>",
        discussion: """
            kaggle: an archive of 90x140 colour JPEGs, one folder per class; its format follows from the extension \
            of its name (zip, tar.gz …).
            idx: a folder of MNIST-like IDX files.
            The same count and seed give the same images.

              prep synthesize practice.zip --count 500 --broken 3
              prep synthesize practice --kind idx --count 2000
            """)

    @Argument(help: "The archive or folder to write.", completion: .file())
    var output: String

    @Option(help: "What to write. (default: idx if the name has no extension, else kaggle)")
    var kind: Kind?

    @Option(help: "Number of distinct images.")
    var count = 1000

    @Option(help: "Seed of the images.")
    var seed: UInt64 = 0

    @Option(help: "With kaggle: images of class 4 to add again under another name.")
    var duplicates = 0

    @Option(help: "With kaggle: truncated images to add.")
    var broken = 0

    @OptionGroup var jobs: JobsOption

    @Flag(help: "Replace an existing output.")
    var overwrite = false

    /// The most images of each kind: more than any training data here, and far from an overflow of their sum.
    private static let countLimit = 100_000_000

    @OptionGroup var quiet: QuietOption

    func validate() throws {
        guard (10...Self.countLimit).contains(count) else {
            throw ValidationError("--count must be from 10 to \(Self.countLimit)")
        }
        guard [duplicates, broken].allSatisfy({ (0...Self.countLimit).contains($0) }) else {
            throw ValidationError("--duplicates and --broken must be from 0 to \(Self.countLimit)")
        }
    }

    func run() throws {
        let hasEnding = !URL(fileURLWithPath: output).pathExtension.isEmpty
        let kind = kind ?? (hasEnding ? .kaggle : .idx)
        // An empty folder is as good as none.
        let isFolder = kind == .idx && FileSystem.isFolder(output)
        guard overwrite || isFolder || !FileSystem.exists(output) else {
            throw StorageError.exists(path: output)
        }
        for folder in [output, FileSystem.split(output).folder]
        where FileSystem.exists("\(folder)/dataset.json") {
            throw StorageError.insideDataset(path: output)
        }
        let workers = try jobs.count()
        guard kind != .idx || duplicates == 0 && broken == 0 else {
            throw ValidationError("--duplicates and --broken are for archives, not for --kind idx")
        }
        guard kind != .idx || !hasEnding else {
            throw ValidationError("--kind idx writes a folder, and \(output) is called like an archive")
        }
        switch kind {
        case .kaggle:
            var archive = SyntheticArchive(count: count, seed: seed)
            (archive.duplicates, archive.broken, archive.workers) = (duplicates, broken, workers)
            archive.poll = Interruption.poll()
            try archive.write(to: output)
        case .idx:
            var dataset = SyntheticIDX(count: count, seed: seed)
            dataset.workers = workers
            dataset.poll = Interruption.poll()
            try dataset.write(to: output, overwrite: overwrite)
        }
        Terminal.print("\(output): \(count + duplicates + broken) images")
    }
}
