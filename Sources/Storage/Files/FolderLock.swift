// One writer per folder: a lock that the system releases when the process ends, even after a crash.

internal import Foundation

/// Reserves a folder for this process, from `init` to `deinit`.
package final class FolderLock: Sendable {
    private let descriptor: Int32

    /// Locks `folder` through a file in it, which is created if needed and stays.
    ///
    /// - Parameters:
    ///   - folder: the folder's path, for errors
    ///   - file: path of the lock file
    /// - Throws: `busy` when another process holds the lock
    package init(_ folder: String, file: String) throws(StorageError) {
        descriptor = open(file, O_RDWR | O_CREAT | O_CLOEXEC, 0o666)
        guard descriptor >= 0 else { throw .system(file, "write", errno) }
        // All properties are set, so deinit closes the descriptor even if this throws.
        guard flock(descriptor, LOCK_EX | LOCK_NB) == 0 else { throw .busy(folder: folder) }
    }

    deinit {
        if descriptor >= 0 { close(descriptor) }
    }
}
