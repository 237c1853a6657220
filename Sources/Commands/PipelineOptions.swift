// What the commands that prepare data may change in a pipeline.

public import ArgumentParser
internal import Configuration
internal import Dataset
internal import Foundation
internal import Ingest
public import Imaging
public import Pipeline
public import Shards

struct PipelineOptions: ParsableArguments {
    @Option(help: "Name of the dataset. (default: the pipeline's)")
    var name: String?

    @Option(help: "Seed of split, order and augmentation. (default: 0)")
    var seed: UInt64?

    @Option(
        help: ArgumentHelp(
            "Weights of train/validation/test. (default: folders named train, val and test; otherwise 80/10/10)",
            valueName: "80/10/10"))
    var split: String?

    @Option(
        help:
            "Whether folders named train, val and test are splits: keep or ignore. (default: keep; ignore with --split)"
    )
    var given: PipelineConfiguration.GivenRule?

    @Option(
        help:
            "What to do with images of train that are identical or near to one of a given test or validation split: leave them out, keep them, or fail. (default: drop)"
    )
    var leaks: PipelineConfiguration.LeakRule?

    @Option(
        help: ArgumentHelp(
            "Keep images in one split that differ by no more than this (root mean square in levels); 0: only identical ones. (default: 8; 20 for photos)",
            valueName: "levels"))
    var near: String?

    @Option(
        help: ArgumentHelp(
            "Keep samples of a group in one split: folder, or a regular expression whose first parenthesis matches the group in the key.",
            valueName: "folder|(writer[0-9]+)_"))
    var groupBy: String?

    @Option(
        help: ArgumentHelp(
            "Keep samples of a group in one split: a CSV file with the columns key and group.",
            valueName: "FILE.csv"), completion: .file())
    var groups: String?

    @OptionGroup(title: "Inputs with labels or pixels in tables") var input: InputOptions

    @Option(
        help: ArgumentHelp(
            "Apply decisions about single images: a CSV file with the columns key, decision and label, which the page of prep audit exports.",
            valueName: "decisions.csv"), completion: .file())
    var relabel: String?

    @Option(
        help: ArgumentHelp(
            "Divide train and validation into folds for cross-validation, 2 to 100; see train --fold.",
            valueName: "5"))
    var folds: Int?

    @Option(help: ArgumentHelp("Size of the prepared images in pixels.", valueName: "28|WxH"))
    var size: String?

    @Option(
        help:
            "Gray, red, green and blue, or gray only if every image is. (default: auto; gray with --polarity, --fit mnist, kaggle and mnist)"
    )
    var channels: PipelineConfiguration.Channels?

    @Option(
        help:
            "How to resize images; cover cuts off what exceeds the middle, mnist places the ink as in MNIST. (default: stretch)"
    )
    var fit: Fit?

    @Option(
        help:
            "auto decodes large JPEGs at 1/2, 1/4 or 1/8 of their size: several times faster, but no longer equal to Pillow's pixels. (default: 1)"
    )
    var scaleDenominator: PipelineConfiguration.ScaleDenominator?

    @Option(help: "Resampling filter. (default: bilinear)")
    var filter: ResizeFilter?

    @Option(help: "Gray levels; auto inverts images with dark ink on a light background. (default: keep)")
    var polarity: Polarity.Mode?

    @Option(
        help: ArgumentHelp(
            "Add augmented copies of train images: degrees, pixels, copies; also scale, shear, flip, crop, elastic, brightness, contrast, erase (see docs/augmentation.md); or none.",
            valueName: "rotate=10,shift=2,copies=1"))
    var augment: String?

    @Option(
        help: ArgumentHelp(
            "Leave out images with these findings, which prep inspect lists.",
            valueName: "blank,conflicting"
        ))
    var drop: String?

    @Option(
        help: ArgumentHelp(
            "Encoding of names that are not UTF-8; iconv -l lists encodings. (default: keep bytes; cp437 in zips)",
            valueName: "gbk"))
    var names: String?

    @Option(help: "Compression of shards. (default: zstd)")
    var compression: Manifest.Compression.Codec?

    @Option(
        help: ArgumentHelp(
            "Maximum uncompressed size of a shard, up to 1GB. (default: 8MB)", valueName: "8MB"))
    var shardSize: String?

    @Option(
        help: ArgumentHelp(
            "Fail if a larger share of images than this is unusable. (default: 5%)", valueName: "5%"))
    var maxRejected: String?

    @Flag(help: "Fail if any image is unusable.")
    var strict = false

    /// Replaces the values of a pipeline for which an option is given.
    func apply(to configuration: inout PipelineConfiguration) throws {
        if let name {
            configuration.name = try parseOption(
                name, "--name", "letters, digits, dash, underscore and dot", validDatasetName)
        }
        if let seed { configuration.seed = seed }
        try applySplits(to: &configuration)
        try input.apply(to: &configuration)
        try applyImages(to: &configuration)
        try applyShards(to: &configuration)
    }

    /// Which sample is in which split, and which stay together.
    private func applySplits(to configuration: inout PipelineConfiguration) throws {
        if let split {
            configuration.ratios = try parseOption(split, "--split", Quantity.ratiosNotation) {
                SplitRatios(text: $0)
            }
            configuration.given = .ignore
        }
        if let given { configuration.given = given }
        if let folds {
            guard (2...Manifest.Limit.folds).contains(folds) else {
                throw ValidationError("--folds must be from 2 to \(Manifest.Limit.folds)")
            }
            configuration.folds = folds
        }
        if let leaks { configuration.leaks = leaks }
        if let near {
            configuration.near = try parseOption(near, "--near", Quantity.levelsNotation, Quantity.levels)
        }
        guard groupBy == nil || groups == nil else {
            throw ValidationError("only one of --group-by and --groups is possible")
        }
        if let groupBy {
            configuration.groups =
                groupBy == "none"
                ? nil : try parseOption(groupBy, "--group-by", GroupRule.notation, GroupRule.init(by:))
        }
        if let groups { configuration.groups = .table(path: groups) }
    }

    /// Which images count, under which names and labels, and what becomes of their pixels.
    private func applyImages(to configuration: inout PipelineConfiguration) throws {
        if let relabel { configuration.relabelling = try Relabelling(contentsOf: relabel) }
        if let drop {
            guard let kinds = drop == "none" ? [] : FindingKind.list(drop) else {
                throw ValidationError("--drop: \(FindingKind.listProblem(drop))")
            }
            configuration.drop = kinds
        }
        if let names {
            configuration.names =
                names == "none"
                ? nil : try parseOption(names, "--names", NameEncoding.notation) { try? NameEncoding($0) }
        }
        if let maxRejected {
            configuration.maxRejected = try parseOption(
                maxRejected, "--max-rejected", Quantity.shareNotation, Quantity.share)
        }
        guard !strict || maxRejected == nil else {
            throw ValidationError("--strict and --max-rejected exclude each other")
        }
        if strict { configuration.maxRejected = 0 }
        if let scaleDenominator { configuration.scaleDenominator = scaleDenominator }
        let size = try self.size.map {
            try parseOption($0, "--size", Quantity.sizeNotation, Quantity.imageSize)
        }
        try configuration.override(size: size, filter: filter, fit: fit)
        if let polarity { try configuration.override(polarity: polarity) }
        if let channels { try configuration.override(channels: channels) }
    }

    /// What is written.
    private func applyShards(to configuration: inout PipelineConfiguration) throws {
        if let augment {
            configuration.augmentation =
                augment == "none" ? nil : try PipelineConfiguration.AugmentedCopies(text: augment)
        }
        if let compression {
            configuration.compression = .init(
                codec: compression, level: max(configuration.compression.level, 1))
        }
        if let shardSize {
            configuration.shardBytes = try parseOption(
                shardSize, "--shard-size", Quantity.shardBytesNotation, Quantity.shardBytes)
        }
    }
}

extension PipelineConfiguration.LeakRule: ExpressibleByArgument {}
extension PipelineConfiguration.Channels: ExpressibleByArgument {}
extension PipelineConfiguration.GivenRule: ExpressibleByArgument {}
extension PipelineConfiguration.ScaleDenominator: ExpressibleByArgument {}
extension Fit: ExpressibleByArgument {}
extension ResizeFilter: ExpressibleByArgument {}
extension Polarity.Mode: ExpressibleByArgument {}
extension Manifest.Compression.Codec: ExpressibleByArgument {}

/// Parses the value of an option, or throws an error that says what it should be.
func parseOption<T>(_ text: String, _ option: String, _ expected: String, _ parser: (String) -> T?)
    throws -> T
{
    guard let value = parser(text) else {
        throw ValidationError("\(option): “\(text.excerpt)” is not \(expected)")
    }
    return value
}
