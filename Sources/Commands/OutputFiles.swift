// The single files that commands write: pages, tables, pictures.

internal import ArgumentParser
internal import Report
internal import Storage

/// Checks the file that a command is to write, before its work: the folder must exist, and what lies there already must be
/// of the kind that is written. So no archive, model or shard is lost by a slip.
///
/// - Throws: `StorageError` with what is wrong
func requireOutput(_ paths: String?...) throws {
    var seen: Set<String> = []
    for path in paths.compactMap({ $0 }) {
        guard !path.isEmpty, seen.insert(path).inserted else {
            throw ValidationError(
                path.isEmpty ? "the name of a file to write is empty" : "\(path) would be written twice")
        }
        let folder = FileSystem.split(path).folder
        try FileSystem.requireNoFile(at: folder)
        guard FileSystem.isFolder(folder) else { throw StorageError.noFolder(path: folder) }
        if FileSystem.exists("\(folder)/dataset.json") { throw StorageError.insideDataset(path: path) }
        guard FileSystem.isFile(path) else { continue }
        switch PathContents(path) {
        case .text, .emptyFile, .image, .foreign(PathContents.webPage, _): break
        case let contents:
            throw StorageError.otherKind(path: path, clause: contents.clause ?? "is a file of another kind")
        }
    }
}

/// Writes an HTML page.
///
/// - Returns: a line that tells the user where the page is
func writePage(_ page: String, to path: String) throws -> String {
    try FileSystem.write([Array(page.utf8)], to: path)
    return "\(path): \(TextStyle.bytes(page.utf8.count)), open it in a browser"
}
