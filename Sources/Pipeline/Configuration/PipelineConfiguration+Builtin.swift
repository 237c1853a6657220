// The pipelines of the folder `pipelines/`, which are built into the program.

internal import Configuration
internal import Dataset
internal import Storage

extension PipelineConfiguration {
    private static let builtin = BuiltinFiles(folder: "pipelines", embeddedTexts)

    /// Names of the built-in pipelines, such as `kaggle` and `mnist`.
    public static var builtinNames: [String] { builtin.names }

    /// The built-in pipeline `name`; if there is none, the pipeline in the YAML file at the path `name`.
    ///
    /// - Throws: ``ConfigurationError``, which names file, line and the allowed values
    public static func named(_ name: String) throws -> PipelineConfiguration {
        if let file = builtin[name] { return try PipelineConfiguration(yaml: file.text, file: file.path) }
        guard
            name.hasSuffix(".yaml") || name.hasSuffix(".yml") || name.contains("/") || FileSystem.exists(name)
        else {
            throw ConfigurationError(
                file: "pipeline", line: nil, reason: Spelling.unknown("name", name, allowed: builtinNames))
        }
        return try PipelineConfiguration(contentsOf: name)
    }
}
