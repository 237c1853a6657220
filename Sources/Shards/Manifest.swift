// dataset.json: what a prepared dataset holds. FORMAT.md describes every field.

public import Dataset
internal import Foundation

/// The manifest of a prepared dataset.
public struct Manifest: Codable, Sendable, Equatable {
    public static let formatName = "prep-dataset"
    public static let formatVersion = 1
    public static let fileName = "dataset.json"

    public struct Duplicates: Codable, Sendable, Equatable {
        /// Sets of two or more samples with identical pixels.
        public var groups: Int
        /// Samples in those sets.
        public var samples: Int

        public init(groups: Int, samples: Int) {
            self.groups = groups
            self.samples = samples
        }
    }

    public struct Compression: Codable, Sendable, Equatable {
        public enum Codec: String, Codable, Sendable, CaseIterable {
            case zstd, none
        }

        public var codec: Codec
        /// zstd's level; 0 without compression.
        public var level: Int

        public init(codec: Codec, level: Int) {
            self.codec = codec
            self.level = codec == .none ? 0 : level
        }
    }

    /// A file beside the shards.
    public struct SideFile: Codable, Sendable, Equatable {
        public var name: String
        public var bytes: Int
        public var sha256: Digest
        /// Digest of the contents before compression.
        public var contentSHA256: Digest
        public var rows: Int

        enum CodingKeys: String, CodingKey {
            case name, bytes, sha256, rows
            case contentSHA256 = "content_sha256"
        }
    }

    public struct SplitContents: Codable, Sendable, Equatable {
        /// Samples, not counting augmented copies.
        public var samples: Int
        /// Augmented copies, stored in the same shards.
        public var copies: Int
        /// Samples per class name, not counting copies.
        public var classes: [String: Int]
        public var shards: [ShardRecord]

        public init(samples: Int, copies: Int, classes: [String: Int], shards: [ShardRecord]) {
            self.samples = samples
            self.copies = copies
            self.classes = classes
            self.shards = shards
        }
    }

    public var format = Self.formatName
    public var version = Self.formatVersion
    public var name: String
    public var digest: Digest
    public var seed: UInt64
    /// Class names in label order.
    public var classes: [String]
    public var image: ImageSize
    public var samples: Int
    public var rejected: Int
    public var duplicates: Duplicates
    public var splits: [Split: SplitContents]
    /// Mean and standard deviation of all pixels in train, as stored, scaled to 0...1.
    public var mean: Double
    public var std: Double
    public var compression: Compression
    /// The effective configuration, less what does not define the data.
    public var configuration: JSONValue
    public var provenance: SideFile
    public var rejections: SideFile
    /// What is worth a look; `nil` in datasets from before there were findings.
    public var findings: [Finding]?

    /// A manifest whose `digest` is computed from the rest.
    public init(
        name: String, seed: UInt64, classes: [String], image: ImageSize, samples: Int, rejected: Int,
        duplicates: Duplicates, splits: [Split: SplitContents], mean: Double, std: Double,
        compression: Compression, configuration: JSONValue, provenance: SideFile, rejections: SideFile,
        findings: [Finding]? = nil
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
        digest = Digest(of: "")
        digest = rootDigest()
    }

    /// The digest of everything that defines the data, whatever its compression: the SHA-256 of the
    /// canonical JSON that FORMAT.md describes.
    public func rootDigest() -> Digest {
        let shards = splits.map { split, contents in
            (split.rawValue, JSONValue.array(contents.shards.map { .string($0.contentSHA256.hex) }))
        }
        let identity = JSONValue.object([
            "classes": .array(classes.map { .string($0) }),
            "configuration": configuration,
            "format": .string(format),
            "image": .object(["height": .integer(Int64(image.height)), "width": .integer(Int64(image.width))]
            ),
            "name": .string(name),
            "provenance": .string(provenance.contentSHA256.hex),
            "rejections": .string(rejections.contentSHA256.hex),
            "seed": .unsigned(seed),
            "splits": .object(Dictionary(uniqueKeysWithValues: shards)),
            "version": .integer(Int64(version)),
        ])
        return Digest(of: identity.canonicalText)
    }

    /// All shards, train first.
    public var shards: [(split: Split, record: ShardRecord)] {
        Split.allCases.flatMap { split in (splits[split]?.shards ?? []).map { (split, $0) } }
    }
}

extension Manifest {
    /// Reads and checks a manifest's own consistency.
    public init(contentsOf path: String) throws(ShardError) {
        let bytes = try FileSystem.read(path)
        struct Version: Decodable {
            let format: String
            let version: Int
        }
        do {
            let json = try JSONValue(parsing: bytes)
            let version: Version = try json.decoded()
            guard version.format == Self.formatName, version.version == Self.formatVersion else {
                throw ShardError.unsupportedVersion(path: path, found: "\(version.format) \(version.version)")
            }
            self = try json.decoded()
        } catch let error as ShardError {
            throw error
        } catch {
            throw .malformedManifest(path: path, reason: Self.explain(error))
        }
        guard digest == rootDigest() else { throw .wrongDigest(file: path, what: "the root digest") }
    }

    private static func explain(_ error: any Error) -> String {
        switch error {
        case DecodingError.keyNotFound(let key, _): "“\(key.stringValue)” is missing"
        case DecodingError.typeMismatch(_, let context), DecodingError.valueNotFound(_, let context),
            DecodingError.dataCorrupted(let context):
            context.codingPath.isEmpty
                ? "malformed JSON"
                : "“\(context.codingPath.map(\.stringValue).joined(separator: "."))” has a wrong value"
        default: "malformed JSON"
        }
    }
}
