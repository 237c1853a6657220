// Reading a configuration file from disk.

internal import Foundation

/// The text of a YAML file.
package func configurationText(of path: String) throws(ConfigurationError) -> String {
    let data: Data
    do {
        data = try Data(contentsOf: URL(fileURLWithPath: path))
    } catch {
        throw ConfigurationError(
            file: path, line: nil, reason: "cannot be read; give the path of a YAML file")
    }
    guard let text = String(data: data, encoding: .utf8) else {
        throw ConfigurationError(file: path, line: nil, reason: "not a text file in UTF-8")
    }
    return text
}
