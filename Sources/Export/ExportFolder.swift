// The folder of an export: filled under another name, then renamed.

internal import Foundation
internal import Storage

/// A folder that takes the place of a missing or empty one when it is complete.
final class ExportFolder {
    /// For the files of the export.
    let content: Folder
    private let parent: Folder
    private let name: String
    private let lock: FolderLock
    private var hidden: String { Self.hidden(name) }

    private static func hidden(_ name: String) -> String { ".\(name).exporting" }

    /// - Throws: `occupied` if there is something at `path`, `busy` if another process writes there
    init(_ path: String) throws {
        let path = FileSystem.resolved(path)
        if FileSystem.exists(path) {
            guard FileSystem.isFolder(path), try FileSystem.names(in: path).isEmpty else {
                throw ExportError.occupied(path: path)
            }
        }
        let (folder, name) = FileSystem.split(path)
        (parent, self.name) = (try Folder(creating: folder), name)
        (content, lock) = try FolderLock.claim("\(folder)/\(Self.hidden(name))")
        // What a process that was killed has left.
        for name in try content.names() where name != FolderLock.fileName { try content.remove(name) }
    }

    /// The files in it, without those in folders.
    func files() throws -> [Croissant.File] {
        try content.names().compactMap { name in
            guard name != FolderLock.fileName, try content.status(of: name)?.kind == .file else { return nil }
            let file = try ReadableFile("\(content.path)/\(name)", followsLinks: false)
            return Croissant.File(name: name, bytes: file.size, sha256: try file.digest())
        }
    }

    /// Gives the folder its name.
    func commit() throws {
        try lock.removeFile(from: content)
        try content.sync()
        try parent.move(hidden, to: parent, name)
        try parent.sync()
    }

    /// Removes everything.
    func discard() { try? parent.remove(hidden) }
}
