// What a preparation does, as one value: read from YAML, changed by flags, kept in the manifest.

public import Dataset
public import Imaging
public import Ingest
public import Shards
public import Storage

/// A pipeline: source, stages, split, augmentation and shards.
public struct PipelineConfiguration: Sendable, Equatable {
    /// The form of the input.
    public enum Source: String, Sendable, CaseIterable {
        /// An archive or folder with one folder of images per class.
        case images
        /// Pixels and labels as numbers: a folder of IDX files, a table with an image per row, or NumPy's arrays.
        case idx
    }

    /// What top folders named train, val or test mean.
    public enum GivenRule: String, Sendable, CaseIterable {
        /// They are the splits of the dataset.
        case keep
        /// They are folders like others; ratios decide.
        case ignore
    }

    /// What happens to images that leak into a split that the source gives.
    public enum LeakRule: String, Sendable, CaseIterable {
        /// They are left out and listed in rejected.csv.
        case drop
        /// They stay, and a finding lists them.
        case keep
        /// The preparation fails.
        case error
    }

    /// What becomes of colours.
    public enum Channels: String, Sendable, CaseIterable {
        /// All images become gray.
        case gray
        /// All images have red, green and blue, even gray ones.
        case rgb
        /// Gray, if red, green and blue are equal in every prepared pixel; else as `rgb`.
        case auto
    }

    /// How large JPEGs are decoded.
    public enum ScaleDenominator: String, Sendable, CaseIterable {
        /// As they are: pixels then equal Pillow's.
        case one = "1"
        /// At 1/2, 1/4 or 1/8, by libjpeg itself, if that is not smaller than the prepared size; as Pillow's `draft`.
        case auto
    }

    /// Offline augmentation: copies of train images that are written to the shards.
    public struct AugmentedCopies: Sendable, Equatable {
        /// What changes a copy.
        public var augmentation: Augmentation
        /// Augmented copies per train image, 1...255.
        public var copies: Int

        /// - Parameter copies: per train image, 1...255
        public init(_ augmentation: Augmentation, copies: Int) {
            self.augmentation = augmentation
            self.copies = copies
        }
    }

    /// Name of the dataset: letters, digits, dash, underscore and dot.
    public var name: String
    /// What the input is: images, or pixels as numbers. A pipeline for images reads tables and arrays of pixels too.
    public var source: Source
    /// How tables, arrays and IDX files are read.
    public var pixels = PixelOptions()
    /// A table of labels beside images; `nil` if the input has the labels.
    public var labels: LabelRule?
    /// Other labels for single samples; `nil` for none.
    public var relabelling: Relabelling?
    /// Names of the classes; `nil` if they are called as in the input.
    public var classNames: ClassNaming?
    /// Applied to every decoded image in this order; see `channels`.
    public var stages: [StageConfiguration]
    /// Whether JPEGs are decoded at their full size.
    public var scaleDenominator = ScaleDenominator.one
    /// Encoding of names that the input does not mark as UTF-8. `nil` keeps their bytes; in a zip, names that are not
    /// all UTF-8 are then code page 437.
    public var names: NameEncoding?
    /// Weights of train, validation and test.
    public var ratios = SplitRatios.standard
    /// Whether the t10k files of an IDX source, and the test part of tables and arrays, stay the test split.
    public var officialTest = false
    /// What top folders named train, val or test mean.
    public var given = GivenRule.keep
    /// What happens to images that are identical or near to one of a given split that must not know them: of train to one of
    /// validation or test, of validation to one of test.
    public var leaks = LeakRule.drop
    /// Whether near-duplicates stay together in the split: 0 for no, otherwise the largest distance of their pixels,
    /// root mean square in levels; `nil` for 8 where images are ink on paper, and 20 where they are photos.
    public var near: Double?
    /// Which samples stay together in the split, besides identical and nearly identical ones; `nil` for no others.
    public var groups: GroupRule?
    /// Number of folds that train and validation are divided into for cross-validation, 2...100; `nil` for none.
    public var folds: Int?
    /// Decides split, order and augmentation.
    public var seed: UInt64 = 0
    /// Augmented copies to write; `nil` for none.
    public var augmentation: AugmentedCopies?
    /// Samples with these findings are left out. In the order of `FindingKind.allCases`; `imbalance` has no effect.
    public var drop: [FindingKind] = []
    /// The numbers in the rules of findings.
    public var thresholds = FindingThresholds()
    /// Maximum size of a shard in bytes, uncompressed.
    public var shardBytes = 8 << 20
    /// Compression of the shards; zstd has levels 1...19.
    public var compression = Manifest.Compression(codec: .zstd, level: 1)
    /// Larger entries are rejected before they take memory.
    public var limits = ImageLimits()
    /// The preparation fails if more than this share of all entries is unusable, 0...1.
    public var maxRejected = 0.05
    /// Licence, authors and the like, which `prep card` puts into the dataset's metadata.
    public var about = About()

    /// A configuration with defaults for everything else.
    public init(name: String, source: Source, stages: [StageConfiguration]) {
        self.name = name
        self.source = source
        self.stages = stages
    }

    /// What becomes of colours: the stages decide.
    public var channels: Channels {
        if stages.contains(.grayscale) { return .gray }
        return stages.contains(.rgb) ? .rgb : .auto
    }

    /// The size below which JPEGs must not be decoded, the largest that a resize stage needs; `nil` if that is their own.
    var decodingTarget: ImageSize? {
        guard scaleDenominator == .auto else { return nil }
        let sizes = stages.compactMap { stage -> ImageSize? in
            guard case .resize(let size, _, let fit) = stage else { return nil }
            return fit == .mnist ? MNISTShape.largestSize(for: size) : size
        }
        guard let width = sizes.map(\.width).max(), let height = sizes.map(\.height).max() else { return nil }
        return ImageSize(width: width, height: height)
    }

    /// The shape of staged images; `nil` if they keep their own size.
    var stagedShape: ImageShape? {
        stages.reversed().lazy.compactMap { stage in
            guard case .resize(let size, _, _) = stage else { return nil }
            return ImageShape(size: size, channels: channels == .gray ? 1 : 3)
        }.first
    }

    /// Everything that affects the data, with the keys of the YAML file, so that `init(yaml:file:)` can read it.
    /// Compression and `maxRejected` are left out, because they do not.
    public var definition: JSONValue {
        var split: [Key: JSONValue] = [
            "ratios": .string(ratios.description), "official_test": .bool(officialTest),
            "near": near.map { .number($0) } ?? .string("auto"), "given": .string(given.rawValue),
            "leaks": .string(leaks.rawValue),
        ]
        if let folds { split["folds"] = .integer(folds) }
        if let groups { split[Key(utf8: groups.key)] = .string(groups.value) }
        var members: [Key: JSONValue] = [
            "name": .string(name),
            "source": .string(source.rawValue),
            "stages": .array(stages.map(\.definition)),
            "split": .object(split),
            "seed": .unsigned(seed),
            "shards": .object(["size": .integer(shardBytes)]),
            "limits": .object([
                "pixels": .integer(limits.pixels), "entry_bytes": .integer(limits.entryBytes),
                "expansion": .integer(limits.expansion),
            ]),
        ]
        if let augmentation { members["augment"] = augmentation.definition }
        // Only if set: most pipelines have none of them.
        if !thresholds.changed.isEmpty {
            members["findings"] = .object(
                Dictionary(
                    uniqueKeysWithValues: thresholds.changed.map {
                        (Key(utf8: $0.rawValue), JSONValue.number($1))
                    }))
        }
        if let names { members["names"] = .string(names.name) }
        if scaleDenominator != .one { members["scale_denominator"] = .string(scaleDenominator.rawValue) }
        if let pixels = pixels.definition { members["pixels"] = pixels }
        if let labels { members["labels"] = labels.definition }
        if let relabelling { members["relabel"] = relabelling.definition }
        if let classNames { members["class_names"] = classNames.definition }
        if let about = about.json { members["about"] = about }
        if !drop.isEmpty { members["drop"] = .string(drop.map(\.rawValue).joined(separator: ",")) }
        return .object(members)
    }
}
