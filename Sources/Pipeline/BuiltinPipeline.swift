// The pipelines that the binary carries, so that it runs from any folder.

public import Configuration

/// The files of `pipelines/` that commands run.
public enum BuiltinPipeline: String, Sendable, CaseIterable {
    case kaggle, images, mnist
    case kaggleAsMNIST = "kaggle-as-mnist"

    /// The text of the file.
    public var text: String {
        let bytes =
            switch self {
            case .kaggle: PackageResources.kaggle_yaml
            case .images: PackageResources.images_yaml
            case .mnist: PackageResources.mnist_yaml
            case .kaggleAsMNIST: PackageResources.kaggle_as_mnist_yaml
            }
        return String(decoding: bytes, as: UTF8.self)
    }

    public func configuration() throws(ConfigurationError) -> PipelineConfiguration {
        try PipelineConfiguration(yaml: text, file: "pipelines/\(rawValue).yaml")
    }
}
