// The folder of an export: filled out of sight, then shown at once.

internal import Foundation
internal import Storage

/// A folder that appears when it is complete. One that is there already, and empty, is filled at the end: it may be a
/// mount point, or somebody's current folder.
final class ExportFolder {
    /// For the files of the export.
    let content: Folder
    /// Where `content` lies under the name `hidden`.
    private let parent: Folder
    private let hidden: String
    /// The name of a new folder; `nil` if `parent` itself is filled.
    private let name: String?
    private let lock: FolderLock
    private static let inside = ".exporting"

    /// - Throws: `occupied` if there is something at `path`, `busy` if another process writes there
    init(_ path: String) throws {
        guard !path.isEmpty else { throw ExportError.occupied(path: path) }
        try FileSystem.requireNoFile(at: path)
        let path = FileSystem.resolved(path)
        if FileSystem.exists(path) {
            guard FileSystem.isFolder(path),
                try FileSystem.names(in: path).allSatisfy({ $0 == Self.inside })
            else { throw ExportError.occupied(path: path) }
            (parent, hidden, name) = (try Folder(path), Self.inside, nil)
        } else {
            let (folder, last) = FileSystem.split(path)
            (parent, hidden, name) = (try Folder(creating: folder), ".\(last).exporting", last)
        }
        if try parent.status(of: hidden) != nil {
            // An export that was killed has left its lock's file; anything else is somebody's own.
            let names = try parent.folder(hidden).names()
            guard names.isEmpty || names.contains(FolderLock.fileName) else {
                throw ExportError.occupied(path: "\(parent.path)/\(hidden)")
            }
        }
        (content, lock) = try FolderLock.claim(hidden, in: parent)
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

    /// Shows everything.
    func commit() throws {
        try content.sync()
        if let name {
            try parent.move(hidden, to: parent, name)
            // Only now: without it, the folder would not be taken for an export that was killed.
            try lock.removeFile(from: content)
        } else {
            for name in try content.names() where name != FolderLock.fileName {
                try content.move(name, to: parent)
            }
            try parent.remove(hidden)
        }
        try parent.sync()
    }

    /// Removes everything, the lock's file last: what has it is taken for an export that was killed.
    func discard() {
        for name in (try? content.names()) ?? [] where name != FolderLock.fileName {
            try? content.remove(name)
        }
        try? parent.remove(hidden)
    }
}
