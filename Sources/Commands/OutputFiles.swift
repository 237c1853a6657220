// The single files that commands write: pages, tables, pictures.

internal import ArgumentParser
internal import Dataset
internal import Foundation
internal import Report
internal import Storage
internal import Training

/// Files that a command is to write. They are checked before its work, so that no archive, model, photo or text is lost
/// by a slip.
enum OutputFiles {
    /// What is written, which decides what it may replace.
    enum Kind {
        case page, table, picture
        /// A page whose name the user did not give.
        case ownPage

        /// How the first lines of prep's tables begin.
        private static let heads = [
            (PredictionTable.head, ",logit "), (ImagePredictionTable.head, ",probability "),
            (LabelAudit.head, ","), (LeakReport.head, "\n"), (SubmissionTable.head, "\n"),
        ].map { Array(($0.joined(separator: ",") + $1).utf8) }

        /// Whether what lies at `path` is of the same kind; of a text, whether it is a table that prep wrote: other
        /// programs' tables, code and notes have commas too.
        fileprivate func mayReplace(_ contents: PathContents, at path: String) -> Bool {
            switch (self, contents) {
            case (_, .emptyFile), (.page, .foreign(PathContents.webPage, _)), (.picture, .image(.png)):
                return true
            case (.ownPage, .foreign(PathContents.webPage, _)):
                return head(of: path).firstRange(of: Array(" · prep</title>".utf8)) != nil
            case (.table, .text):
                let head = head(of: path)
                return Self.heads.contains { head.starts(with: $0) }
            default: return false
            }
        }

        private func head(of path: String) -> [UInt8] {
            guard let file = try? ReadableFile(path) else { return [] }
            return (try? file.read(0..<min(file.size, 4096))) ?? []
        }
    }

    /// Checks files: the folder of each must exist, and what lies there already must be of the same kind, no input, and
    /// no part of a run or a dataset. No two may be the same.
    ///
    /// - Parameter inputs: the command's own, where they are files
    /// - Throws: `StorageError` or `ValidationError` with what is wrong
    static func require(_ files: (path: String?, kind: Kind)..., besides inputs: [String] = []) throws {
        var places: Set<Key> = []
        for case (let path?, let kind) in files {
            let place = try place(of: path)
            guard places.insert(Key(utf8: place)).inserted else {
                throw ValidationError("\(path) would be written twice")
            }
            if FileSystem.descriptor(at: path) != nil { continue }
            let (folder, name) = FileSystem.split(place)
            if FileSystem.exists("\(folder)/dataset.json") { throw StorageError.insideDataset(path: path) }
            guard FileSystem.isFile(path) else { continue }
            guard access(path, W_OK) == 0 else {
                throw StorageError.system(path: path, action: "write", reason: String(systemError: errno))
            }
            let contents = PathContents(path)
            guard !inputs.contains(where: { FileSystem.isSame($0, path) }) else {
                throw StorageError.otherKind(path: path, clause: "is an input")
            }
            guard !RunFolder.hasFile(name) || PathContents(folder) != .run else {
                throw StorageError.otherKind(path: path, clause: "belongs to a training run")
            }
            guard kind.mayReplace(contents, at: path) else {
                throw StorageError.otherKind(
                    path: path, clause: contents.clause ?? "is a file of another kind")
            }
        }
    }

    /// Where a file is written, if the path is a link.
    private static func place(of path: String) throws -> String {
        if let descriptor = FileSystem.descriptor(at: path) {
            guard fcntl(descriptor, F_GETFL) & O_ACCMODE != O_RDONLY else {
                throw StorageError.system(path: path, action: "write", reason: String(systemError: EBADF))
            }
            return path
        }
        guard !path.isEmpty else { throw StorageError.noName }
        let parent = FileSystem.split(path).folder
        try FileSystem.requireNoFile(at: parent)
        guard FileSystem.isFolder(parent) else { throw StorageError.noFolder(path: parent) }
        guard !FileSystem.isFolder(path) else {
            throw StorageError.system(path: path, action: "write", reason: "it is a folder")
        }
        let place = FileSystem.place(of: path)
        guard !FileSystem.exists(path) || access(path, F_OK) == 0 else {
            throw StorageError.system(path: path, action: "write", reason: "it is a link that leads nowhere")
        }
        // A new file takes the place of an old one, so the folder must be writable too; but not that of a pipe.
        if !FileSystem.exists(place) || FileSystem.isFile(place) {
            let folder = FileSystem.split(place).folder
            guard access(folder, W_OK) == 0 else {
                throw StorageError.system(path: folder, action: "write", reason: String(systemError: errno))
            }
        }
        return place
    }
}

/// Writes an HTML page.
///
/// - Returns: a line that tells the user where the page is
func writePage(_ page: String, to path: String) throws -> String {
    try FileSystem.write([Array(page.utf8)], to: path)
    return pageLine(page, path)
}

/// The same in a folder of prep's own, where a link is replaced.
func writePage(_ page: String, to name: String, in folder: Folder) throws -> String {
    try folder.write([Array(page.utf8)], to: name)
    return pageLine(page, "\(folder.path)/\(name)")
}

private func pageLine(_ page: String, _ path: String) -> String {
    "\(path): \(TextStyle.bytes(page.utf8.count)), open it in a browser"
}
