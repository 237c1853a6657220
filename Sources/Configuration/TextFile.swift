// Reading a configuration file from disk.

internal import Foundation
internal import Storage

/// The text of a YAML file.
package func configurationText(of path: String) throws(ConfigurationError) -> String {
    let data: Data
    do {
        let file = try FileHandle(forReadingFrom: URL(fileURLWithPath: path))
        // Not to its end, because a device may have none.
        data = try file.read(upToCount: YAMLNode.lengthLimit + 1) ?? Data()
    } catch {
        let contents = PathContents(path)
        throw ConfigurationError(
            file: path, line: nil,
            reason: contents.clause ?? "cannot be read; give the path of a YAML file")
    }
    guard data.count <= YAMLNode.lengthLimit else { throw YAMLNode.tooLong(path) }
    guard let text = String(data: data, encoding: .utf8) else {
        throw ConfigurationError(file: path, line: nil, reason: "not a text file in UTF-8")
    }
    return text
}
