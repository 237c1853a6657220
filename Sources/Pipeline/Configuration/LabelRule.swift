// A table of labels in a pipeline: which file, which columns, and which contents it had.

internal import Configuration
public import Dataset
public import Ingest
internal import Storage

/// Labels that stand in a CSV file beside the images.
public struct LabelRule: Sendable, Equatable {
    /// Path of the file.
    public private(set) var path: String
    /// The name of the file: paths differ from machine to machine.
    let fileName: String
    /// Its columns; those without a name are found by the names in use.
    public var columns: LabelColumns
    /// SHA-256 of the file that is meant, unpacked; `nil` for whatever it holds.
    public var digest: Digest?

    /// The table at `path`.
    public init(path: String, columns: LabelColumns = LabelColumns()) {
        (self.path, self.columns) = (path, columns)
        fileName = FileSystem.split(path).name
    }

    /// The same table, which lies elsewhere, perhaps under another name.
    func at(_ path: String) -> LabelRule {
        var rule = self
        rule.path = path
        return rule
    }

    private static let keys = ["file", "key", "label", "split", "group", "sha256"]

    /// As in a YAML file.
    var definition: JSONValue {
        var members: [Key: JSONValue] = ["file": .string(fileName)]
        if let name = columns.key { members["key"] = .string(name) }
        if let name = columns.label { members["label"] = .string(name) }
        if let name = columns.split { members["split"] = .string(name) }
        if let name = columns.group { members["group"] = .string(name) }
        if let digest { members["sha256"] = .string(digest.hex) }
        return .object(members)
    }

    /// Reads a path, or the keys of a definition.
    init(_ node: YAMLNode) throws(ConfigurationError) {
        if let path = node.scalar {
            self.init(path: path)
            return
        }
        let members = try node.members(Self.keys)
        guard let file = members["file"] else { throw node.error("labels need a file") }
        self.init(path: try file.text())
        columns = LabelColumns(
            key: try members["key"]?.text(), label: try members["label"]?.text(),
            split: try members["split"]?.text(), group: try members["group"]?.text())
        digest = try members["sha256"]?.value("64 hexadecimal digits") { Digest(hex: $0) }
    }

    /// The table, which must have the contents that are meant, if they are known.
    func table() throws -> LabelTable {
        let table = try LabelTable(contentsOf: path, columns: columns)
        guard digest == nil || digest == table.digest else {
            throw PipelineError.labels(
                reason:
                    "\(path): not the table that was meant (SHA-256 \(table.digest.hex), not \(digest?.hex ?? ""))"
            )
        }
        return table
    }
}
