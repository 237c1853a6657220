// Replaces a dataset folder by a new one in one step.

internal import Storage
internal import Synchronization

/// The exchange of a dataset's folder `NAME` for a new one. Only for that step, the new one lies beside it as
/// `.NAME.replacing`; afterwards the old one has that name until it is removed.
final class FolderReplacement: Sendable {
    private let folder: Folder
    private let parent: Folder
    private let name: String
    private let aside: String
    private let isOurs: @Sendable (_ name: String, _ folder: Folder) throws -> Bool
    private let isCommitted = Atomic<Bool>(false)

    /// Clears away what a process that was killed has left beside `folder`, which must be locked.
    ///
    /// - Parameter isOurs: whether an entry of a folder is what a preparation writes; others are kept
    init(of folder: Folder, isOurs: @escaping @Sendable (String, Folder) throws -> Bool) throws {
        self.folder = folder
        let (parentPath, name) = FileSystem.split(folder.path)
        parent = try Folder(parentPath)
        self.name = name
        self.isOurs = isOurs
        aside = ".\(name).replacing"
        try clear(into: folder)
    }

    /// Makes sure that the exchange is possible here, before the work begins.
    ///
    /// - Parameter partial: a folder inside `folder`
    func rehearse(from partial: Folder) throws {
        let current = FileSystem.resolved(".")
        guard !FileSystem.isInside(current, folder.path) else {
            throw StorageError.unusable(
                file: folder.path,
                reason: "it is the current folder, which cannot be replaced; run prep elsewhere")
        }
        for name in try folder.names() where try !isOurs(name, folder) {
            guard try folder.canMove(name, probe: partial) else {
                throw StorageError.unusable(
                    file: "\(folder.path)/\(name)",
                    reason: "it is no part of the dataset and cannot be moved; move it elsewhere")
            }
        }
        do throws(StorageError) {
            _ = try parent.folder(creating: aside)
            _ = try partial.folder(creating: aside)
            try partial.exchange(aside, with: parent, aside)
        } catch {
            parent.removeIfEmpty(aside)
            partial.removeIfEmpty(aside)
            throw impossible(error)
        }
        try partial.remove(aside)
        try parent.remove(aside)
    }

    private func impossible(_ error: StorageError) -> StorageError {
        guard case .system(_, _, let reason) = error else { return error }
        return .system(
            path: folder.path, action: "replace this dataset in one step",
            reason: "\(reason)\nChoose another --output, or remove the dataset first.")
    }

    /// Replaces the folder by `inner`, a complete dataset inside it, and removes the old one.
    func commit(_ inner: String) throws {
        // From the exchange on, whoever wants this folder finds this lock in it.
        let new = try folder.folder(inner)
        let lock = try FolderLock(new)
        try new.copyPermissions(of: folder)
        // Files that are not ours are in both folders at the exchange; other folders follow it.
        for name in try folder.names() where try !isOurs(name, folder) { folder.share(name, with: new) }
        do throws(StorageError) {
            try folder.move(inner, to: parent, aside)
            try parent.exchange(name, with: parent, aside)
        } catch {
            throw impossible(error)
        }
        isCommitted.store(true, ordering: .relaxed)
        try parent.sync()
        try clear(into: new)
        try lock.removeFile(from: new)
    }

    /// Removes what lies beside the folder, unless it is the old dataset after the exchange.
    ///
    /// - Returns: whether the exchange has not happened
    func discard() -> Bool {
        guard !isCommitted.load(ordering: .relaxed) else { return false }
        try? parent.remove(aside)
        return true
    }

    /// Removes the folder beside, and moves files that no preparation wrote from there into `folder`.
    private func clear(into folder: Folder) throws {
        guard try parent.status(of: aside) != nil else { return }
        let left = try parent.folder(aside)
        let names = try left.names()
        guard names.isEmpty || names.contains(FolderLock.fileName) else {
            throw StorageError.unusable(file: left.path, reason: "it is in the way; move it elsewhere")
        }
        for name in names where try !isOurs(name, left) {
            if try left.shares(name, with: folder) {
                try left.remove(name)
            } else if try folder.status(of: name) == nil {
                try left.move(name, to: folder)
            } else {
                throw StorageError.unusable(
                    file: "\(left.path)/\(name)",
                    reason:
                        "an interrupted run has left it, and there is another in \(folder.path); move one away"
                )
            }
        }
        // The lock's file marks the folder as ours, so it goes last.
        for name in names where name != FolderLock.fileName {
            if try isOurs(name, left) { try left.remove(name) }
        }
        try parent.remove(aside)
    }
}
