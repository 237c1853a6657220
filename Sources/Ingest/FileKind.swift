// What lies at a path the user named.

internal import Foundation

/// A file or a folder; links that the user names are followed.
enum FileKind {
    case file, folder

    init(at path: String) throws(IngestError) {
        var info = stat()
        guard stat(path, &info) == 0 else {
            if errno == ENOENT || errno == ENOTDIR { throw .notFound(path: path) }
            throw .unreadable(path: path, reason: lastSystemError())
        }
        self = info.st_mode & S_IFMT == S_IFDIR ? .folder : .file
    }
}

/// The text of `errno`.
func lastSystemError() -> String { String(cString: strerror(errno)) }
