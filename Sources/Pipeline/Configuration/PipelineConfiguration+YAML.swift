// Reading a pipeline from YAML. Every key is listed here once, with what it accepts.

public import Configuration
internal import Dataset
internal import Imaging
internal import Ingest
package import Shards
package import Storage

extension PipelineConfiguration {
    /// Reads a pipeline from the text of a YAML file.
    ///
    /// - Parameter file: the file's name in error messages
    /// - Throws: an error that names file, line and the allowed values
    public init(yaml text: String, file: String) throws(ConfigurationError) {
        try self.init(YAMLNode.parse(text, file: file), file: file)
    }

    /// Reads a pipeline that was recorded, as ``definition`` gives it.
    ///
    /// - Parameter file: where it was recorded
    package init(definition: JSONValue, file: String) throws(ConfigurationError) {
        try self.init(YAMLNode.parse(record: definition, file: file), file: file)
    }

    private init(_ root: YAMLNode?, file: String) throws(ConfigurationError) {
        guard let root else {
            throw ConfigurationError(
                file: file, line: nil, reason: "empty; a pipeline needs name, source and stages")
        }
        let members = try root.members([
            "name", "source", "pixels", "labels", "relabel", "class_names", "names", "scale_denominator",
            "stages",
            "split", "seed",
            "augment", "drop", "findings", "shards",
            "limits",
            "max_rejected", "about",
        ])
        func required(_ key: String) throws(ConfigurationError) -> YAMLNode {
            guard let node = members[key] else { throw root.error("“\(key)” is missing") }
            return node
        }
        self.init(
            name: try required("name").value("letters, digits, dash, underscore and dot", validDatasetName),
            source: try required("source").choice(Source.self),
            stages: try Self.stages(try required("stages")))
        if let node = members["names"], !node.isNone {
            names = try node.value(NameEncoding.notation) { try? NameEncoding($0) }
        }
        scaleDenominator = try members["scale_denominator"]?.choice(ScaleDenominator.self) ?? scaleDenominator
        if let node = members["pixels"], !node.isNone { pixels = try PixelOptions(node) }
        if let node = members["labels"], !node.isNone { labels = try LabelRule(node) }
        if let node = members["relabel"], !node.isNone { relabelling = try Relabelling(node) }
        if let node = members["class_names"], !node.isNone { classNames = try ClassNaming(node) }
        if let node = members["split"] { try readSplit(node) }
        if let node = members["seed"] { seed = try node.value("a whole number from 0", { UInt64($0) }) }
        if let node = members["augment"] { augmentation = node.isNone ? nil : try AugmentedCopies(node) }
        if let node = members["drop"], !node.isNone {
            drop = try node.value(orSay: FindingKind.listProblem, FindingKind.list)
        }
        if let node = members["findings"] { try readThresholds(node) }
        if let node = members["shards"] { try readShards(node) }
        if let node = members["limits"] { try readLimits(node) }
        if let node = members["max_rejected"] {
            maxRejected = try node.value(Quantity.shareNotation, Quantity.share)
        }
        if let node = members["about"], !node.isNone { about = try About(node) }
    }

    /// Reads a pipeline from the YAML file at `path`. Throws as `init(yaml:file:)` does.
    public init(contentsOf path: String) throws(ConfigurationError) {
        try self.init(yaml: try configurationText(of: path), file: path)
    }

    private static func stages(_ list: YAMLNode) throws(ConfigurationError) -> [StageConfiguration] {
        var stages: [StageConfiguration] = []
        for item in try list.items() { stages.append(try StageConfiguration(item)) }
        let gray = stages.firstIndex(of: .grayscale)
        if let name = stages[..<(gray ?? stages.count)].lazy.compactMap(\.grayOnlyName).first {
            throw list.error("\(name) must come after grayscale")
        }
        if gray != nil, stages.contains(.rgb) {
            throw list.error("only one of grayscale and rgb is possible")
        }
        return stages
    }

    private mutating func readSplit(_ node: YAMLNode) throws(ConfigurationError) {
        let members = try node.members(
            ["ratios", "official_test", "near", "given", "leaks", "folds"] + GroupRule.keys)
        if let node = members["ratios"] {
            ratios = try node.value(Quantity.ratiosNotation) { SplitRatios(text: $0) }
        }
        if let node = members["official_test"] {
            officialTest = try node.bool()
            if officialTest, source != .idx { throw node.error("official_test needs source: idx") }
        }
        for key in GroupRule.keys {
            guard let node = members[key], !node.isNone else { continue }
            guard groups == nil else { throw node.error("only one of group_by and groups is possible") }
            groups = try node.value(GroupRule.notation) { GroupRule(key: key, value: $0) }
        }
        given = try members["given"]?.choice(GivenRule.self) ?? given
        if let node = members["folds"], !node.isNone { folds = try node.integer(2...Manifest.Limit.folds) }
        leaks = try members["leaks"]?.choice(LeakRule.self) ?? leaks
        if let node = members["near"], node.scalar != "auto" {
            near = try node.value(Quantity.levelsNotation, Quantity.levels)
        }
    }

    private mutating func readThresholds(_ node: YAMLNode) throws(ConfigurationError) {
        let kinds = FindingKind.allCases.filter { FindingThresholds.range($0) != nil }
        let members = try node.members(kinds.map(\.rawValue))
        for kind in kinds {
            guard let node = members[kind.rawValue], let range = FindingThresholds.range(kind) else {
                continue
            }
            thresholds[kind] = try node.number(range)
        }
    }

    private mutating func readShards(_ node: YAMLNode) throws(ConfigurationError) {
        let members = try node.members(["size", "compression", "level"])
        if let node = members["size"] {
            shardBytes = try node.value(Quantity.shardBytesNotation, Quantity.shardBytes)
        }
        let codec = try members["compression"]?.choice(Manifest.Compression.Codec.self) ?? compression.codec
        compression = .init(codec: codec, level: try members["level"]?.integer(1...19) ?? compression.level)
    }

    private mutating func readLimits(_ node: YAMLNode) throws(ConfigurationError) {
        let members = try node.members(["pixels", "entry_bytes", "expansion"])
        if let node = members["pixels"] { limits.pixels = try node.integer(1...4_000_000_000) }
        if let node = members["entry_bytes"] {
            limits.entryBytes = try node.value(Quantity.bytesNotation, Quantity.bytes)
        }
        if let node = members["expansion"] { limits.expansion = try node.integer(1...1_000_000) }
    }
}

extension PipelineConfiguration {
    /// The configuration that a dataset records.
    ///
    /// - Throws: `ShardError` if it is none that a pipeline may have
    package init(recordedIn dataset: PreparedDataset) throws(ShardError) {
        let path = "\(dataset.folder)/\(Manifest.fileName)"
        do throws(ConfigurationError) {
            try self.init(definition: dataset.manifest.configuration, file: path)
        } catch {
            throw .malformedManifest(path: path, reason: "“configuration”: \(error.reason)")
        }
        let size = dataset.manifest.image.size
        if let wanted = stagedShape?.size, wanted != size {
            throw .malformedManifest(
                path: path, reason: "“configuration” makes images of \(wanted), but these have \(size)")
        }
    }
}
