// dataset.json: what a prepared dataset holds. FORMAT.md describes every field.

public import Dataset
public import Storage

/// The manifest of a prepared dataset. A manifest that was read from a file is valid: counts add up, file names
/// follow the format, frames tile their files, and all sizes are within limits (`Manifest+Reading.swift`).
public struct Manifest: Sendable, Equatable {
    package static let formatName = "prep-dataset"
    package static let formatVersion = 3
    package static let fileName = "dataset.json"

    /// How many samples have identical pixels.
    public struct Duplicates: Sendable, Equatable {
        /// Number of groups of two or more samples with identical pixels.
        public let groups: Int
        /// Number of samples in these groups.
        public let samples: Int
        /// Groups whose samples lie in different splits: 0, unless the source gives the splits and leaks were kept.
        public let crossing: Int

        package init(groups: Int, samples: Int, crossing: Int = 0) {
            self.groups = groups
            self.samples = samples
            self.crossing = crossing
        }
    }

    /// How many samples have nearly identical pixels.
    public struct NearDuplicates: Sendable, Equatable {
        /// The distance within which all pairs were found: root mean square of the differences of two samples' pixels,
        /// in gray levels.
        public let levels: Double
        /// Number of pairs of samples within the distance. One sample stands for all that are identical to it.
        public let pairs: Int
        /// Pairs whose samples lie in different splits.
        public let crossing: Int
        /// Samples of the largest set that pairs connect and the split keeps together.
        public let largest: Int
        /// The largest distance of two samples of this set, or of its first hundred, in levels.
        public let diameter: Double

        package init(levels: Double, pairs: Int, crossing: Int, largest: Int, diameter: Double) {
            self.levels = levels
            self.pairs = pairs
            self.crossing = crossing
            self.largest = largest
            self.diameter = diameter
        }

        static let none = NearDuplicates(levels: 0, pairs: 0, crossing: 0, largest: 0, diameter: 0)
    }

    /// A part of train and validation that cross-validation holds out.
    public struct Fold: Sendable, Equatable {
        /// Number of its samples.
        public let samples: Int
        /// Mean of the pixels of all other folds in each channel, copies included, scaled to 0...1: what a model that does
        /// not learn from this fold may know.
        public let mean: [Double]
        /// Their population standard deviation in each channel, scaled to 0...1.
        public let std: [Double]

        package init(samples: Int, mean: [Double], std: [Double]) {
            self.samples = samples
            self.mean = mean
            self.std = std
        }
    }

    /// How shards are compressed.
    public struct Compression: Sendable, Equatable {
        /// zstd frames, or uncompressed files.
        public enum Codec: String, Sendable, CaseIterable {
            case zstd, none
        }

        /// The compression method.
        public let codec: Codec
        /// zstd's level, 1...22; 0 without compression.
        public let level: Int

        /// zstd of a level from 1 (fastest) to 22 (smallest), or no compression, which ignores the level.
        public init(codec: Codec, level: Int) {
            self.codec = codec
            self.level = codec == .none ? 0 : level
        }
    }

    /// A table beside the shards: the provenance, the findings or the rejected entries.
    public struct SideFile: Sendable, Equatable {
        /// File name in the dataset's folder.
        public let name: String
        /// Size of the file as stored.
        public let bytes: Int
        /// Digest of the file as stored.
        public let sha256: Digest
        /// Size of the contents before compression.
        public let contentBytes: Int
        /// Digest of the contents before compression.
        public let contentSHA256: Digest
        /// Number of rows, not counting the header.
        public let rows: Int
    }

    /// What a split holds.
    public struct SplitContents: Sendable, Equatable {
        /// Number of samples, not counting augmented copies.
        public let samples: Int
        /// Number of augmented copies, stored in the same shards.
        public let copies: Int
        /// Samples of each class in label order, not counting copies.
        public let classes: [Int]
        /// The shards in order of their numbers.
        public let shards: [ShardRecord]
        /// Number of samples and copies.
        package var rows: Int { samples + copies }

        package init(samples: Int, copies: Int, classes: [Int], shards: [ShardRecord]) {
            self.samples = samples
            self.copies = copies
            self.classes = classes
            self.shards = shards
        }

        static let empty = SplitContents(samples: 0, copies: 0, classes: [], shards: [])
    }

    /// The dataset's name.
    public let name: String
    /// The root digest, which identifies the data: samples with their keys, labels, pixels and places. Equal data have
    /// equal digests, whatever their name and configuration.
    public let digest: Digest
    /// The seed of split, order and augmentation.
    public let seed: UInt64
    /// The class names in label order.
    public let classes: ClassNames
    /// The size of every image, and its channels.
    public let image: ImageShape
    /// Number of samples in all splits, not counting augmented copies.
    public let samples: Int
    /// Number of entries that were left out.
    public let rejected: Int
    /// How many samples have identical pixels.
    public let duplicates: Duplicates
    /// How many samples have nearly identical pixels.
    public let nearDuplicates: NearDuplicates
    /// Number of sets of two or more samples that the split keeps together.
    public let units: Int
    /// Those of them whose samples lie in different splits: 0, unless the source gives the splits and leaks were kept.
    public let partedUnits: Int
    /// The folds of train and validation, or none.
    public let folds: [Fold]
    private let splits: [Split: SplitContents]
    /// Mean of all pixels in train in each channel, as stored, scaled to 0...1.
    public let mean: [Double]
    /// Population standard deviation of all pixels in train in each channel, as stored, scaled to 0...1.
    public let std: [Double]
    /// How the shards are compressed.
    public let compression: Compression
    /// The effective configuration, in the keys of a pipeline file, as far as it defines the data.
    public let configuration: JSONValue
    /// The table of samples and their origin, `provenance.csv.zst`.
    public let provenance: SideFile
    /// The table of entries that were left out, `rejected.csv`.
    public let rejections: SideFile
    /// The table of all samples that findings apply to, `findings.csv.zst`.
    public let findingTable: SideFile
    /// Quality findings, including those that apply to no sample.
    public let findings: [Finding]

    /// A manifest whose `digest` is computed from the rest.
    package init(
        name: String, seed: UInt64, classes: ClassNames, image: ImageShape, samples: Int, rejected: Int,
        duplicates: Duplicates, nearDuplicates: NearDuplicates? = nil, units: Int? = nil,
        partedUnits: Int = 0,
        folds: [Fold] = [], splits: [Split: SplitContents], mean: [Double], std: [Double],
        compression: Compression, configuration: JSONValue, provenance: SideFile, rejections: SideFile,
        findingTable: SideFile, findings: [Finding] = []
    ) {
        self.name = name
        self.seed = seed
        self.classes = classes
        self.image = image
        self.samples = samples
        self.rejected = rejected
        self.duplicates = duplicates
        self.nearDuplicates = nearDuplicates ?? .none
        self.units = units ?? duplicates.groups
        self.partedUnits = partedUnits
        self.folds = folds
        self.splits = splits
        self.mean = mean
        self.std = std
        self.compression = compression
        self.configuration = configuration
        self.provenance = provenance
        self.rejections = rejections
        self.findingTable = findingTable
        self.findings = findings
        digest = Self.rootDigest(classes: classes, image: image, splits: splits, provenance: provenance)
    }

    /// The SHA-256 of the canonical JSON that FORMAT.md describes: what the data are, not how they came about.
    private static func rootDigest(
        classes: ClassNames, image: ImageShape, splits: [Split: SplitContents], provenance: SideFile
    ) -> Digest {
        let shards = splits.map { split, contents in
            (Key(utf8: split.rawValue), JSONValue.strings(contents.shards.map(\.contentSHA256.hex)))
        }
        let identity = JSONValue.object([
            "classes": .strings(classes.names), "format": .string(formatName), "image": image.json,
            "provenance": .string(provenance.contentSHA256.hex),
            "splits": .object(Dictionary(uniqueKeysWithValues: shards)), "version": .integer(formatVersion),
        ])
        return Digest(of: identity.canonicalText)
    }

    /// What a split holds.
    public subscript(split: Split) -> SplitContents { splits[split] ?? .empty }

    /// Whether a split has images.
    package func hasSamples(_ split: Split) -> Bool { self[split].rows > 0 }

    /// Number of images in all splits, with augmented copies.
    package var rows: Int { Split.allCases.reduce(0) { $0 + self[$1].rows } }

    /// All shards with their numbers: train, validation, test.
    public var shards: [(split: Split, number: Int, record: ShardRecord)] {
        Split.allCases.flatMap { split in
            self[split].shards.enumerated().map { (split, $0.offset, $0.element) }
        }
    }

    /// The tables beside the shards.
    package var sideFiles: [SideFile] { [provenance, rejections, findingTable] }

    /// Names and sizes of all files besides the manifest.
    package var files: [(name: String, bytes: Int)] {
        sideFiles.map { ($0.name, $0.bytes) } + shards.map { ($0.record.name, $0.record.bytes) }
    }

    /// Size of all shards and tables in bytes.
    public var totalBytes: Int {
        sideFiles.reduce(0) { $0 + $1.bytes } + shards.reduce(0) { $0 + $1.record.bytes }
    }
}
