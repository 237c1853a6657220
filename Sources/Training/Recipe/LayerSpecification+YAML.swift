// Reads layers from a recipe.

internal import Configuration
internal import Dataset

extension Recipe {
    private static let plainLayers: [String: LayerSpecification] = [
        "batch_normalization": .batchNormalization, "relu": .relu, "flatten": .flatten, "softmax": .softmax,
    ]
    private static let layerNames =
        ["convolution", "max_pool", "dropout", "linear"] + plainLayers.keys.sorted()

    static func layers(_ list: YAMLNode) throws(ConfigurationError) -> [LayerSpecification] {
        var layers: [LayerSpecification] = []
        for item in try list.items() { layers.append(try layer(item)) }
        guard !layers.isEmpty else { throw list.error("a recipe needs layers") }
        return layers
    }

    private static func layer(_ item: YAMLNode) throws(ConfigurationError) -> LayerSpecification {
        if let name = item.scalar {
            if let layer = plainLayers[name] { return layer }
            throw item.error(
                layerNames.contains(name)
                    ? "\(name) needs a value, such as “\(name): …”"
                    : Spelling.unknown("layer", name, allowed: layerNames))
        }
        let members = try item.named("a layer").members(layerNames)
        guard members.count == 1, let (name, node) = members.first else {
            throw item.error("an item holds one layer; start each layer with a dash")
        }
        switch name {
        case "convolution": return try convolution(node)
        case "max_pool": return .maxPool(try node.integer(2...16))
        case "dropout": return .dropout(try node.number(0...0.95))
        case "linear":
            return .linear(units: node.scalar == "classes" ? nil : try node.integer(1...65536))
        default: throw item.error("\(name) takes no value")
        }
    }

    private static func convolution(_ node: YAMLNode) throws(ConfigurationError) -> LayerSpecification {
        let members = try node.members(["filters", "kernel", "padding"])
        guard let filters = members["filters"], let kernel = members["kernel"] else {
            throw node.error("a convolution needs filters and kernel")
        }
        let size = try kernel.integer(1...64)
        var padding = Padding.number(0)
        if let node = members["padding"] {
            let accepted = "same, or a whole number from 0 to \(size - 1)"
            padding = try node.value(accepted) { text in
                if text == "same" { return .same }
                return Int(text).flatMap { (0..<size).contains($0) ? .number($0) : nil }
            }
        }
        return .convolution(filters: try filters.integer(1...4096), kernel: size, padding: padding)
    }
}
