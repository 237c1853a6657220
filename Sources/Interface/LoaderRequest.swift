// The options of a loader as text: YAML, which JSON is too.

internal import Configuration
internal import Dataset
internal import Foundation
internal import Imaging
internal import Loader
internal import Shards

/// What `prep_loader_open` is asked for; prep.h lists the keys.
struct LoaderRequest {
    private var split = Split.train
    private var fold: Int?
    private var options = LoaderOptions()
    private var state: LoaderState?

    private static let keys = [
        "split", "batch_size", "format", "layout", "shuffle", "seed", "augment", "remainder", "rank", "fold",
        "window", "canvas", "workers", "prefetch", "memory", "state",
    ]

    init(_ text: String, _ manifest: Manifest) throws {
        options.workers = ProcessInfo.processInfo.activeProcessorCount
        guard let root = try YAMLNode.parse(text, file: "options") else { return }
        let members = try root.named("options").members(Self.keys)
        if let node = members["split"] { split = try node.choice(Split.self) }
        if let node = members["fold"], !node.isNone { fold = try node.integer(0...Manifest.Limit.folds) }
        if let node = members["batch_size"] { options.batchSize = try node.integer(1...1 << 24) }
        if let node = members["state"], !node.isNone {
            state = try node.value("the state of a loader") { text in
                try? JSONDecoder().decode(LoaderState.self, from: Data(text.utf8))
            }
        }
        if let node = members["format"] {
            options.format = try Self.format(node, manifest, state == nil ? fold : state?.fold)
        }
        if let node = members["layout"] { options.layout = try node.choice(PixelLayout.self) }
        if let node = members["shuffle"] { options.shuffle = try node.bool() }
        if let node = members["seed"] {
            options.seed = try node.value("a whole number from 0 to \(UInt64.max)") { UInt64($0) }
        }
        if let node = members["augment"], !node.isNone { options.augmentation = try Self.augmentation(node) }
        if let node = members["remainder"] { options.remainder = try node.choice(Remainder.self) }
        if let node = members["rank"] {
            let numbers = try node.items().map { try $0.integer(0...1 << 24) }
            guard numbers.count == 2 else { throw node.error("rank must be [NUMBER, COUNT]") }
            options.rank = Rank(numbers[0], of: numbers[1])
        }
        if let node = members["window"], !node.isNone { options.windowBlocks = try node.integer(1...1 << 40) }
        if let node = members["canvas"], !node.isNone {
            options.canvas = try node.value(Quantity.sizeNotation, Quantity.imageSize)
        }
        if let node = members["workers"], !node.isNone { options.workers = try node.integer(1...1024) }
        if let node = members["prefetch"] { options.prefetch = try node.integer(1...4096) }
        if let node = members["memory"], !node.isNone {
            options.memory = try node.value(Quantity.bytesNotation, Quantity.bytes)
        }
    }

    func open(_ dataset: PreparedDataset) throws -> LoaderHandle {
        if let state {
            return LoaderHandle(
                try DataLoader(dataset, resuming: state, options: options), start: (state.epoch, state.step))
        }
        let held = try fold.map { try HeldOutFold($0, of: dataset) }
        return LoaderHandle(
            try DataLoader(dataset, split: split, holdingOut: held, options: options), start: (0, 0))
    }

    private static func format(_ node: YAMLNode, _ manifest: Manifest, _ fold: Int?) throws -> PixelFormat {
        switch node.scalar {
        case "uint8": return .u8
        case "float32": return .unit
        case "normalized":
            // A fold that there is not is refused when the loader opens.
            return .normalized(
                by: manifest, holdingOut: fold.flatMap { manifest.folds.indices.contains($0) ? $0 : nil })
        case .some: throw node.error("format must be uint8, float32, normalized, or {mean: …, deviation: …}")
        case nil:
            let members = try node.members(["mean", "deviation"])
            return .float(
                mean: try values(members["mean"], else: 0),
                deviation: try values(members["deviation"], else: 1))
        }
    }

    /// A number, or a list of one for each channel.
    private static func values(_ node: YAMLNode?, else fallback: Float) throws -> [Float] {
        guard let node else { return [fallback] }
        if node.scalar != nil { return [Float(try node.number(-1e6...1e6))] }
        return try node.items().map { Float(try $0.number(-1e6...1e6)) }
    }

    private static func augmentation(_ node: YAMLNode) throws -> Augmentation {
        if let text = node.scalar { return try Augmentation.parse(text, option: "augment").0 }
        return try Augmentation(try node.members(Augmentation.yamlKeys))
    }
}
