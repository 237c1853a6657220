// YAML files that are part of the program, so that it runs from any folder.

/// The files of `pipelines/` or `recipes/`, embedded when the package is built.
package struct BuiltinFiles: Sendable {
    private let folder: String
    private let texts: [String: String]

    /// - Parameter texts: contents by file name, without `.yaml`
    package init(folder: String, _ texts: [String: String]) {
        self.folder = folder
        self.texts = texts
    }

    /// File names in alphabetical order, without `example`, the file that explains every key.
    package var names: [String] { texts.keys.filter { $0 != "example" }.sorted() }

    /// The text of a file and its path, for messages; `nil` if there is no such file.
    package subscript(name: String) -> (text: String, path: String)? {
        texts[name].map { ($0, "\(folder)/\(name).yaml") }
    }
}
