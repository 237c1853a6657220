// Writes an output folder: files go to a hidden folder first, survive a crash, and appear in one step.

internal import Dataset
internal import Foundation
package import Storage

/// A dataset folder while it is being written, locked by one process.
///
/// Everything is first written to `.partial` inside the folder. A folder without a dataset then gets the files one by
/// one and the manifest last. A folder that holds a dataset is exchanged for the new one in one step. So at any moment,
/// a folder with a manifest is a complete dataset, and one that had a dataset has one.
package final class OutputFolder: Sendable {
    /// The folder for files that are not committed yet.
    package let partial: Folder
    private let folder: Folder
    private let lock: FolderLock
    private let existedBefore: Bool
    /// What to replace; `nil` if the folder holds no dataset.
    private let replacement: FolderReplacement?

    /// Claims `path` for writing.
    ///
    /// - Throws: `folderExists` when a dataset is there and `overwrite` is false, `notOurs` when
    ///   there are other files, `busy` when another process is writing.
    package init(_ path: String, overwrite: Bool) throws {
        try FileSystem.requireNoFile(at: path)
        // If it is a link, the dataset lies where that leads.
        let path = FileSystem.resolved(path)
        existedBefore = FileSystem.exists(path)
        // Before anything is written there; again below, since the answer may change until the lock holds.
        if existedBefore { _ = try Self.holdsDataset(Folder(path), overwrite: overwrite) }
        (folder, lock) = try FolderLock.claim(path)
        do {
            let isReplacing = try Self.holdsDataset(folder, overwrite: overwrite)
            let readme = PreparedDataset.hasCard(folder) ? PreparedDataset.cardNames[1] : nil
            let replacement =
                try isReplacing
                ? FolderReplacement(of: folder, isOurs: { try $0 == readme || Self.isOurs($0, in: $1) }) : nil
            let partial = try folder.folder(creating: Self.partialName)
            try replacement?.rehearse(from: partial)
            (self.partial, self.replacement) = (partial, replacement)
        } catch {
            folder.removeIfEmpty(Self.partialName)
            try? lock.removeFile(from: folder)
            if !existedBefore { rmdir(path) }
            throw error
        }
    }

    static let partialName = ".partial"
    /// The manifest's name just before the dataset is complete.
    static let pendingManifest = ".dataset.json.pending"

    /// Whether there is a dataset, which may be replaced.
    private static func holdsDataset(_ folder: Folder, overwrite: Bool) throws -> Bool {
        let names = try folder.names()
        if names.contains(Manifest.fileName) {
            guard overwrite else { throw ShardError.folderExists(folder: folder.path) }
            // If another program wrote dataset.json, neither it nor the files beside it must be lost.
            do {
                _ = try Manifest(contentsOf: "\(folder.path)/\(Manifest.fileName)")
            } catch {
                guard names.contains(where: isShard), try names.allSatisfy({ try isOurs($0, in: folder) })
                else { throw ShardError.notOurs(folder: folder.path) }
            }
            guard try names.allSatisfy({ try !isOurName($0) || isOurs($0, in: folder) }) else {
                throw ShardError.notOurs(folder: folder.path)
            }
            return true
        }
        let isTouched = names.contains { $0 == partialName || $0 == pendingManifest }
        guard
            try names.allSatisfy({ $0 == FolderLock.fileName })
                || isTouched && names.allSatisfy({ try isOurs($0, in: folder) })
        else {
            throw ShardError.notOurs(folder: folder.path)
        }
        return false
    }

    /// Whether it is what a preparation writes, or replaces: metadata of other data would be wrong. A README may be
    /// somebody's own, and so may a folder that is called like a file.
    static func isOurs(_ name: String, in folder: Folder) throws -> Bool {
        guard isOurName(name) else { return false }
        return try name == partialName || folder.status(of: name)?.kind != .folder
    }

    private static func isOurName(_ name: String) -> Bool {
        [
            Manifest.fileName, partialName, pendingManifest, FolderLock.fileName, Provenance.fileName,
            Rejections.fileName, FindingTable.fileName, PreparedDataset.cardNames[0],
        ].contains(name) || isShard(name) || AtomicFile.isTemporary(name)
    }

    private static func isShard(_ name: String) -> Bool {
        name.wholeMatch(of: /(train|validation|test)-[0-9]{5,}-of-[0-9]{5,}\.safetensors(\.zst)?/) != nil
    }

    /// Removes what a preparation that was killed has left.
    package func removeRemains() throws {
        for name in try partial.names() { try partial.remove(name) }
    }

    // MARK: Ending

    /// Moves everything into place; afterwards the folder is a dataset.
    package func commit(_ manifest: Manifest) throws {
        try partial.write([Array(manifest.json.readableText.utf8)], to: Manifest.fileName)
        let files = manifest.files.map(\.name)
        for name in try partial.names() where name != Manifest.fileName && !files.contains(name) {
            try partial.remove(name)
        }
        try partial.sync()
        if let replacement {
            try replacement.commit(Self.partialName)
        } else {
            try fill(files)
        }
    }

    private func fill(_ files: [String]) throws {
        try removeOurs(except: [Self.partialName, FolderLock.fileName])
        for name in files { try partial.move(name, to: folder) }
        // The manifest makes the folder a dataset, so it appears when everything else is done.
        try partial.move(Manifest.fileName, to: folder, Self.pendingManifest)
        try folder.remove(Self.partialName)
        try folder.sync()
        try folder.move(Self.pendingManifest, to: folder, Manifest.fileName)
        try folder.sync()
        try lock.removeFile(from: folder)
    }

    /// Removes everything this preparation has written, unless it was committed. A dataset that was there before is
    /// untouched.
    package func discard() {
        if let replacement {
            guard replacement.discard() else { return }
            try? folder.remove(Self.partialName)
        } else {
            do {
                guard try folder.status(of: Manifest.fileName) == nil else { return }
                try removeOurs(except: [FolderLock.fileName])
            } catch {
                return
            }
        }
        try? lock.removeFile(from: folder)
        if !existedBefore { rmdir(folder.path) }
    }

    private func removeOurs(except kept: [String]) throws {
        for name in try folder.names() where !kept.contains(name) {
            if try Self.isOurs(name, in: folder) { try folder.remove(name) }
        }
    }

}
