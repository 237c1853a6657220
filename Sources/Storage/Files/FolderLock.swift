// One writer per folder: a lock that the system releases when the process ends, even after a crash.

internal import Foundation

/// Reserves a folder for this process, until `deinit`.
package final class FolderLock: Sendable {
    package static let fileName = ".lock"

    private let descriptor: Int32

    /// Locks an open folder through the file `.lock` in it, which is created if needed.
    ///
    /// - Throws: `busy` when another process holds the lock
    package init(_ folder: Folder) throws(StorageError) {
        let file = "\(folder.path)/\(Self.fileName)"
        let descriptor = try StorageError.named(file, "write") { () throws(SystemCall.Failure) in
            try SystemCall.open {
                openat(
                    folder.descriptor, Self.fileName,
                    O_RDWR | O_CREAT | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC, 0o666)
            }
        }
        self.descriptor = descriptor
        // All properties are set, so deinit closes the descriptor even if this throws.
        do throws(SystemCall.Failure) {
            try SystemCall.lock { flock(descriptor, LOCK_EX | LOCK_NB) }
        } catch {
            throw error.code == EWOULDBLOCK ? .busy(folder: folder.path) : .system(file, "lock", error.code)
        }
    }

    /// Opens and locks the folder at `path`, and creates it if needed.
    ///
    /// Another process may replace or remove the folder, or the lock's file, between the steps of this. So the lock
    /// counts only if the path still leads to it afterwards.
    package static func claim(_ path: String) throws(StorageError) -> (Folder, FolderLock) {
        try claim(path) { () throws(StorageError) in try Folder(creating: path) }
    }

    /// The same for the folder `name` in another, which must not be a link.
    package static func claim(
        _ name: String, in parent: Folder
    ) throws(StorageError) -> (Folder, FolderLock) {
        try claim("\(parent.path)/\(name)") { () throws(StorageError) in try parent.folder(creating: name) }
    }

    private static func claim(
        _ path: String, _ open: () throws(StorageError) -> Folder
    ) throws(StorageError) -> (Folder, FolderLock) {
        var failure = StorageError.busy(folder: path)
        for _ in 0..<1000 {
            do throws(StorageError) {
                let folder = try open()
                let lock = try FolderLock(folder)
                if lock.isAt("\(path)/\(fileName)") { return (folder, lock) }
            } catch {
                // A folder that was just removed takes no new names.
                guard error.isMissing else { throw error }
                failure = error
            }
        }
        throw failure
    }

    private func isAt(_ path: String) -> Bool {
        guard let mine = try? FileStatus(of: descriptor),
            let found = try? FileStatus(at: path, followsLinks: false)
        else { return false }
        return mine.identity == found.identity
    }

    /// Removes the lock's file from its folder. The lock still holds until `deinit`.
    package func removeFile(from folder: Folder) throws(StorageError) { try folder.remove(Self.fileName) }

    deinit { close(descriptor) }
}
