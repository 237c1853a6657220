// The recipes that the binary carries, so that it runs from any folder.

public import Configuration
internal import Shards

/// The files `train-*.yaml` of `pipelines/`.
public enum BuiltinRecipe: String, Sendable, CaseIterable {
    case digitsnet
    case digitsnetLogits = "digitsnet-logits"
    case mlp
    case mlpWide = "mlp-wide"
    case cnn, lenet
    case twoConv = "two-conv"
    case dropoutCNN = "dropout-cnn"
    case fast, best

    /// A recipe that explains every key.
    public static var example: String {
        String(decoding: PackageResources.train_example_yaml, as: UTF8.self)
    }

    /// The text of the file.
    public var text: String {
        let bytes =
            switch self {
            case .digitsnet: PackageResources.train_digitsnet_yaml
            case .digitsnetLogits: PackageResources.train_digitsnet_logits_yaml
            case .mlp: PackageResources.train_mlp_yaml
            case .mlpWide: PackageResources.train_mlp_wide_yaml
            case .cnn: PackageResources.train_cnn_yaml
            case .lenet: PackageResources.train_lenet_yaml
            case .twoConv: PackageResources.train_two_conv_yaml
            case .dropoutCNN: PackageResources.train_dropout_cnn_yaml
            case .fast: PackageResources.train_fast_yaml
            case .best: PackageResources.train_best_yaml
            }
        return String(decoding: bytes, as: UTF8.self)
    }

    public func recipe() throws(ConfigurationError) -> Recipe {
        try Recipe(yaml: text, file: "pipelines/train-\(rawValue).yaml")
    }
}

extension Recipe {
    /// A recipe by the name of a built-in one, or from a YAML file.
    public static func named(_ name: String) throws -> Recipe {
        if let builtin = BuiltinRecipe(rawValue: name) { return try builtin.recipe() }
        guard
            name.hasSuffix(".yaml") || name.hasSuffix(".yml") || name.contains("/") || FileSystem.exists(name)
        else {
            throw TrainingError.unknownRecipe(name: name, known: BuiltinRecipe.allCases.map(\.rawValue))
        }
        return try Recipe(contentsOf: name)
    }
}
