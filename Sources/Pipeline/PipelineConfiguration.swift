// What a preparation does, as one value: read from YAML, changed by flags, kept in the manifest.

public import Dataset
public import Imaging
public import Ingest
public import Shards

/// A pipeline: source, stages, split, augmentation and shards.
public struct PipelineConfiguration: Sendable, Equatable {
    public enum Source: String, Sendable, CaseIterable {
        /// An archive or folder with one folder of images per class.
        case images
        /// A folder of IDX files.
        case idx
    }

    /// A step between decoding and staging, with its parameters.
    public enum StageConfiguration: Sendable, Equatable {
        case grayscale
        case resize(size: ImageSize, filter: ResizeFilter, fit: Fit)
        case polarity(Polarity.Mode)
    }

    /// Offline augmentation: copies of train images that are written to the shards.
    public struct Augmentation: Sendable, Equatable {
        public var affine: RandomAffine
        /// Augmented copies per train image, 1...255.
        public var copies: Int

        public init(affine: RandomAffine, copies: Int) {
            self.affine = affine
            self.copies = copies
        }
    }

    public var name: String
    public var source: Source
    public var stages: [StageConfiguration]
    /// The encoding of names in the input that do not say which one they are in; `nil` keeps their bytes.
    public var names: NameEncoding?
    public var ratios = SplitRatios.standard
    public var officialTest = false
    public var seed: UInt64 = 0
    public var augmentation: Augmentation?
    /// Kinds of quality findings whose samples are left out, in the order of `FindingKind.allCases`.
    public var drop: [FindingKind] = []
    /// Uncompressed bytes of a shard, at most.
    public var shardBytes = 8 << 20
    public var compression = Manifest.Compression(codec: .zstd, level: 1)
    public var limits = ImageLimits()
    /// The share of unusable entries that stops a run.
    public var maxRejected = 0.05

    public init(name: String, source: Source, stages: [StageConfiguration]) {
        self.name = name
        self.source = source
        self.stages = stages
    }

    /// The stages themselves.
    public var stageList: [any Stage] {
        stages.map { stage in
            switch stage {
            case .grayscale: Grayscale()
            case .resize(let size, let filter, .mnist): MNISTShape(size: size, filter: filter)
            case .resize(let size, let filter, let fit): Resize(size: size, filter: filter, fit: fit)
            case .polarity(let mode): Polarity(mode)
            }
        }
    }

    /// The size of prepared images; `nil` where they keep the one that they have.
    public var preparedSize: ImageSize? {
        stages.reversed().lazy.compactMap { stage in
            if case .resize(let size, _, _) = stage { size } else { nil }
        }.first
    }

    /// What defines the data, in the keys of the YAML file, so that the same reader reads it back.
    /// The seed stands in the manifest beside it; compression and limits on rejects do not matter.
    public var definition: JSONValue {
        var members: [Key: JSONValue] = [
            "name": .string(name),
            "source": .string(source.rawValue),
            "stages": .array(stages.map(\.definition)),
            "split": .object([
                "ratios": .string(ratios.description), "official_test": .bool(officialTest),
            ]),
            "seed": .unsigned(seed),
            "shards": .object(["size": .integer(shardBytes)]),
            "limits": .object([
                "pixels": .integer(limits.pixels), "entry_bytes": .integer(limits.entryBytes),
                "expansion": .integer(limits.expansion),
            ]),
        ]
        if let augmentation {
            let affine = augmentation.affine
            members["augment"] = .object([
                "rotate": .number(affine.rotation), "shift": .number(affine.shift),
                "scale": .number(affine.scale), "shear": .number(affine.shear),
                "copies": .integer(augmentation.copies),
            ])
        }
        // Only where they are set, so that datasets without keep the digest that they always had.
        if let names { members["names"] = .string(names.name) }
        if !drop.isEmpty { members["drop"] = .string(drop.map(\.rawValue).joined(separator: ",")) }
        return .object(members)
    }
}

extension PipelineConfiguration.StageConfiguration {
    fileprivate var definition: JSONValue {
        switch self {
        case .grayscale: .string("grayscale")
        case .resize(let size, let filter, let fit):
            .object([
                "resize": .object([
                    "size": .string(size.description), "filter": .string(filter.rawValue),
                    "fit": .string(fit.rawValue),
                ])
            ])
        case .polarity(let mode): .object(["polarity": .string(mode.rawValue)])
        }
    }
}
