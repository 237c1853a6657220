// The single files that commands write: pages, tables, pictures.

internal import ArgumentParser
internal import Report
internal import Storage
internal import Training

/// Files that a command is to write. They are checked before its work, so that no archive, model, photo or table is lost
/// by a slip.
struct OutputFiles {
    /// What is written, which decides what it may replace.
    enum Kind {
        case page, table, picture

        fileprivate func mayReplace(_ contents: PathContents) -> Bool {
            switch (self, contents) {
            case (_, .emptyFile), (.page, .foreign(PathContents.webPage, _)), (.table, .text),
                (.picture, .image(.png)):
                true
            default: false
            }
        }
    }

    /// The command's own inputs, where they are files.
    private let inputs: [String]
    private var seen: [String] = []

    init(besides inputs: [String] = []) { self.inputs = inputs }

    /// Checks files of one kind: the folder of each must exist, and what lies there already must be of that kind, no input and
    /// no part of a run.
    ///
    /// - Throws: `StorageError` or `ValidationError` with what is wrong
    mutating func require(_ paths: String?..., as kind: Kind) throws {
        for path in paths.compactMap({ $0 }) {
            guard !path.isEmpty else { throw ValidationError("the name of a file to write is empty") }
            let (folder, name) = FileSystem.split(path)
            try FileSystem.requireNoFile(at: folder)
            guard FileSystem.isFolder(folder) else { throw StorageError.noFolder(path: folder) }
            let place = FileSystem.resolved("\(FileSystem.resolved(folder))/\(name)")
            guard !seen.contains(place) else { throw ValidationError("\(path) would be written twice") }
            seen.append(place)
            if FileSystem.exists("\(folder)/dataset.json") { throw StorageError.insideDataset(path: path) }
            guard FileSystem.isFile(path) else { continue }
            let contents = PathContents(path)
            guard !inputs.contains(where: { FileSystem.isSame($0, path) }) else {
                throw StorageError.otherKind(path: path, clause: "is an input")
            }
            guard kind.mayReplace(contents) else {
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
