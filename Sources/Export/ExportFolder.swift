// The folder of an export: filled out of sight, then shown at once.

internal import Dataset
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
    private var isShown = false
    private static let inside = ".exporting"
    /// In `.exporting`: the names that are moved out of it, each with a zero behind it.
    private static let listName = ".names"

    /// - Throws: `occupied` if there is something at `path`, `busy` if another process writes there
    init(_ path: String) throws {
        guard !path.isEmpty else { throw StorageError.noName }
        try FileSystem.requireNoFile(at: path)
        let path = FileSystem.place(of: path)
        if FileSystem.exists(path) {
            guard FileSystem.isFolder(path) else { throw ExportError.occupied(path: path) }
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
        if name == nil {
            let moved = try Self.moved(in: parent)
            guard try parent.names().allSatisfy({ $0 == Self.inside || moved.contains($0) }) else {
                throw ExportError.occupied(path: path)
            }
        }
        (content, lock) = try FolderLock.claim(hidden, in: parent)
        if name == nil { for name in try Self.moved(in: parent) { try parent.remove(name) } }
        for name in try content.names() where name != FolderLock.fileName { try content.remove(name) }
    }

    /// What an export that was killed has already moved into `parent`.
    private static func moved(in parent: Folder) throws -> [String] {
        guard try parent.status(of: inside) != nil else { return [] }
        let hidden = try parent.folder(inside)
        guard try hidden.status(of: listName) != nil else { return [] }
        let names = Set(try hidden.read(listName, limit: 64 << 20).split(separator: 0).map { Key(bytes: $0) })
        // What is still hidden was not moved; if the name is there too, it is somebody's own.
        return try parent.names().filter {
            try isOurName($0) && names.contains(Key(utf8: $0)) && hidden.status(of: $0) == nil
        }
    }

    /// Whether an export writes what has this name: the list may be a stranger's.
    private static func isOurName(_ name: String) -> Bool {
        [SampleList.fileName, Croissant.fileName].contains(name) || name.hasSuffix(".npz")
            || ["train", "validation", "test", "t10k"].contains { name.hasPrefix($0) }
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
            isShown = true
            // Only now: without it, the folder would not be taken for an export that was killed.
            try? lock.removeFile(from: content)
        } else {
            let names = try content.names().filter { $0 != FolderLock.fileName }
            try content.write([names.flatMap { Array($0.utf8) + [0] }], to: Self.listName)
            for name in names {
                guard try parent.status(of: name) == nil else {
                    throw ExportError.occupied(path: parent.path)
                }
                try content.move(name, to: parent)
            }
            isShown = true
            // The list first: without the lock's file, it would be somebody's own.
            try? content.remove(Self.listName)
            try? parent.remove(hidden)
        }
        try parent.sync()
    }

    /// Removes everything, the lock's file last: what has it is taken for an export that was killed.
    func discard() {
        if isShown { return }
        if name == nil {
            for name in (try? Self.moved(in: parent)) ?? [] { try? parent.remove(name) }
        }
        for name in (try? content.names()) ?? [] where name != FolderLock.fileName {
            try? content.remove(name)
        }
        try? parent.remove(hidden)
    }
}
