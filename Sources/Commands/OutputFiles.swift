// The single files that commands write: pages, tables, pictures.

internal import ArgumentParser
internal import Dataset
internal import Report
internal import Storage
internal import Training

/// Files that a command is to write. They are checked before its work, so that no archive, model, photo or text is lost
/// by a slip.
struct OutputFiles {
    /// What is written, which decides what it may replace.
    enum Kind {
        case page, table, picture

        /// Whether what lies at `path` is of the same kind; of a text, that its first line has columns.
        fileprivate func mayReplace(_ contents: PathContents, at path: String) -> Bool {
            switch (self, contents) {
            case (_, .emptyFile), (.page, .foreign(PathContents.webPage, _)), (.picture, .image(.png)):
                return true
            case (.table, .text):
                guard let file = try? ReadableFile(path), let head = try? file.read(0..<min(file.size, 4096))
                else { return false }
                return CSVReader.separator(in: head.prefix { $0 != UInt8(ascii: "\n") }) != nil
            default: return false
            }
        }
    }

    /// The command's own inputs, where they are files.
    private let inputs: [String]
    private var seen: [Key] = []

    init(besides inputs: [String] = []) { self.inputs = inputs }

    /// Checks files of one kind: the folder of each must exist, and what lies there already must be of that kind, no
    /// input, and no part of a run or a dataset.
    ///
    /// - Throws: `StorageError` or `ValidationError` with what is wrong
    mutating func require(_ paths: String?..., as kind: Kind) throws {
        for path in paths.compactMap({ $0 }) {
            guard !path.isEmpty else { throw ValidationError("the name of a file to write is empty") }
            let parent = FileSystem.split(path).folder
            try FileSystem.requireNoFile(at: parent)
            guard FileSystem.isFolder(parent) else { throw StorageError.noFolder(path: parent) }
            guard !FileSystem.isFolder(path) else {
                throw StorageError.system(path: path, action: "write", reason: "it is a folder")
            }
            // Where it is written, if the path is a link.
            let place = FileSystem.resolved("\(FileSystem.resolved(parent))/\(FileSystem.split(path).name)")
            guard !seen.contains(Key(utf8: place)) else {
                throw ValidationError("\(path) would be written twice")
            }
            seen.append(Key(utf8: place))
            let (folder, name) = FileSystem.split(place)
            if FileSystem.exists("\(folder)/dataset.json") { throw StorageError.insideDataset(path: path) }
            guard FileSystem.isFile(path) else { continue }
            let contents = PathContents(path)
            guard !inputs.contains(where: { FileSystem.isSame($0, path) }) else {
                throw StorageError.otherKind(path: path, clause: "is an input")
            }
            guard kind.mayReplace(contents, at: path) else {
                throw StorageError.otherKind(
                    path: path, clause: contents.clause ?? "is a file of another kind")
            }
            guard !RunFolder.hasFile(name) || PathContents(folder) != .run else {
                throw StorageError.otherKind(path: path, clause: "belongs to a training run")
            }
        }
    }
}

/// Checks a single file.
func requireOutput(_ path: String?, as kind: OutputFiles.Kind) throws {
    var files = OutputFiles()
    try files.require(path, as: kind)
}

/// Writes an HTML page.
///
/// - Returns: a line that tells the user where the page is
func writePage(_ page: String, to path: String) throws -> String {
    try FileSystem.write([Array(page.utf8)], to: path)
    return "\(path): \(TextStyle.bytes(page.utf8.count)), open it in a browser"
}
