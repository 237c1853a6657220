// dataset.json: what a prepared dataset holds. FORMAT.md describes every field.

public import Dataset

/// The manifest of a prepared dataset. One that was read from a file is valid: counts add up, names are those of
/// this format, frames tile their files, and labels and ids have bounds that memory may be sized by
/// (`Manifest+Reading.swift`).
public struct Manifest: Sendable, Equatable {
    public static let formatName = "prep-dataset"
    public static let formatVersion = 2
    public static let fileName = "dataset.json"

    public struct Duplicates: Sendable, Equatable {
        /// Sets of two or more samples with identical pixels.
        public let groups: Int
        /// Samples in those sets.
        public let samples: Int

        public init(groups: Int, samples: Int) {
            self.groups = groups
            self.samples = samples
        }
    }

    public struct Compression: Sendable, Equatable {
        public enum Codec: String, Sendable, CaseIterable {
            case zstd, none
        }

        public let codec: Codec
        /// zstd's level; 0 without compression.
        public let level: Int

        public init(codec: Codec, level: Int) {
            self.codec = codec
            self.level = codec == .none ? 0 : level
        }
    }

    /// A file beside the shards.
    public struct SideFile: Sendable, Equatable {
        public let name: String
        public let bytes: Int
        public let sha256: Digest
        /// Size and digest of the contents before compression.
        public let contentBytes: Int
        public let contentSHA256: Digest
        public let rows: Int
    }

    public struct SplitContents: Sendable, Equatable {
        /// Samples, not counting augmented copies.
        public let samples: Int
        /// Augmented copies, stored in the same shards.
        public let copies: Int
        /// Samples of each class in label order, not counting copies.
        public let classes: [Int]
        public let shards: [ShardRecord]

        public init(samples: Int, copies: Int, classes: [Int], shards: [ShardRecord]) {
            self.samples = samples
            self.copies = copies
            self.classes = classes
            self.shards = shards
        }

        static let empty = SplitContents(samples: 0, copies: 0, classes: [], shards: [])
    }

    public let name: String
    /// Names the data: a digest of everything that defines it, whatever the compression.
    public let digest: Digest
    public let seed: UInt64
    public let classes: ClassNames
    public let image: ImageSize
    public let samples: Int
    public let rejected: Int
    public let duplicates: Duplicates
    private let splits: [Split: SplitContents]
    /// Mean and standard deviation of all pixels in train, as stored, scaled to 0...1.
    public let mean: Double
    public let std: Double
    public let compression: Compression
    /// The effective configuration, less what does not define the data.
    public let configuration: JSONValue
    public let provenance: SideFile
    public let rejections: SideFile
    /// What is worth a look.
    public let findings: [Finding]

    /// A manifest whose `digest` is computed from the rest.
    public init(
        name: String, seed: UInt64, classes: ClassNames, image: ImageSize, samples: Int, rejected: Int,
        duplicates: Duplicates, splits: [Split: SplitContents], mean: Double, std: Double,
        compression: Compression, configuration: JSONValue, provenance: SideFile, rejections: SideFile,
        findings: [Finding] = []
    ) {
        self.name = name
        self.seed = seed
        self.classes = classes
        self.image = image
        self.samples = samples
        self.rejected = rejected
        self.duplicates = duplicates
        self.splits = splits
        self.mean = mean
        self.std = std
        self.compression = compression
        self.configuration = configuration
        self.provenance = provenance
        self.rejections = rejections
        self.findings = findings
        digest = Self.rootDigest(
            name: name, seed: seed, classes: classes, image: image, splits: splits,
            configuration: configuration, provenance: provenance, rejections: rejections)
    }

    /// The SHA-256 of the canonical JSON that FORMAT.md describes.
    private static func rootDigest(
        name: String, seed: UInt64, classes: ClassNames, image: ImageSize, splits: [Split: SplitContents],
        configuration: JSONValue, provenance: SideFile, rejections: SideFile
    ) -> Digest {
        let shards = splits.map { split, contents in
            (Key(utf8: split.rawValue), JSONValue.strings(contents.shards.map(\.contentSHA256.hex)))
        }
        let identity = JSONValue.object([
            "classes": .strings(classes.names), "configuration": configuration,
            "format": .string(formatName), "image": image.json, "name": .string(name),
            "provenance": .string(provenance.contentSHA256.hex),
            "rejections": .string(rejections.contentSHA256.hex), "seed": .unsigned(seed),
            "splits": .object(Dictionary(uniqueKeysWithValues: shards)), "version": .integer(formatVersion),
        ])
        return Digest(of: identity.canonicalText)
    }

    public subscript(split: Split) -> SplitContents { splits[split] ?? .empty }

    /// All shards, train first.
    public var shards: [(split: Split, number: Int, record: ShardRecord)] {
        Split.allCases.flatMap { split in
            self[split].shards.enumerated().map { (split, $0.offset, $0.element) }
        }
    }

    /// Bytes of shards and side files.
    public var totalBytes: Int { shards.reduce(provenance.bytes + rejections.bytes) { $0 + $1.record.bytes } }
}
