// What lies at a name or behind a descriptor: its kind, size, permissions and identity.

internal import Foundation

/// What a name or an open file leads to.
package struct FileStatus: Sendable {
    package enum Kind: Sendable { case file, folder, link, other }

    package let kind: Kind
    /// Bytes.
    package let size: Int
    /// Permissions, as chmod takes them.
    let mode: mode_t
    /// Tells files apart: two names with one identity are one file.
    let identity: Identity

    struct Identity: Equatable, Sendable {
        let device: UInt64
        let file: UInt64
    }

    private init(_ info: stat) {
        kind =
            switch info.st_mode & S_IFMT {
            case S_IFREG: .file
            case S_IFDIR: .folder
            case S_IFLNK: .link
            default: .other
            }
        size = Int(info.st_size)
        mode = info.st_mode & 0o7777
        identity = Identity(
            device: UInt64(truncatingIfNeeded: info.st_dev), file: UInt64(truncatingIfNeeded: info.st_ino))
    }

    /// Of an open file.
    package init(of descriptor: Int32) throws(SystemCall.Failure) {
        var info = stat()
        try SystemCall.status { fstat(descriptor, &info) }
        self.init(info)
    }

    /// Of what a name in an open folder, or relative to the current one, leads to.
    package init(
        at path: UnsafePointer<CChar>, in folder: Int32 = AT_FDCWD, followsLinks: Bool
    ) throws(SystemCall.Failure) {
        var info = stat()
        try SystemCall.status { fstatat(folder, path, &info, followsLinks ? 0 : AT_SYMLINK_NOFOLLOW) }
        self.init(info)
    }
}
