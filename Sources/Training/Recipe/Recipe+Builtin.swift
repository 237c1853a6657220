// The recipes of `recipes/`, by name.

internal import Configuration
internal import Storage

extension Recipe {
    private static let builtin = BuiltinFiles(folder: "recipes", embeddedTexts)

    /// Names of the built-in recipes, in alphabetical order.
    public static var builtinNames: [String] { builtin.names }

    /// The text of a built-in recipe, or of `example`, which explains every key.
    package static func builtinText(_ name: String) -> String? { builtin[name]?.text }

    /// The built-in recipe of this name, or the recipe in the YAML file at this path.
    ///
    /// - Throws: ``TrainingError/unknownRecipe(name:known:)`` if it is neither, `ConfigurationError` with file and line
    ///   if the file is not a valid recipe
    public static func named(_ name: String) throws -> Recipe {
        if let file = builtin[name] { return try Recipe(yaml: file.text, file: file.path) }
        guard
            name.hasSuffix(".yaml") || name.hasSuffix(".yml") || name.contains("/") || FileSystem.exists(name)
        else { throw TrainingError.unknownRecipe(name: name, known: builtinNames) }
        return try Recipe(contentsOf: name)
    }
}
