// Paths in the file system: what lies at a path, and what a folder holds.

internal import Dataset
internal import Foundation
internal import Storage

/// A path in the file system: bytes, which need not be UTF-8.
struct SystemPath {
    let bytes: [UInt8]

    init(_ text: String) { bytes = Array(text.utf8) }

    private init(bytes: [UInt8]) { self.bytes = bytes }

    func appending(_ name: [UInt8]) -> SystemPath {
        let slash = UInt8(ascii: "/")
        return SystemPath(bytes: bytes.last == slash ? bytes + name : bytes + [slash] + name)
    }

    /// The path for messages.
    var text: String { Key(bytes: bytes).text }

    func withCString<R>(_ body: (UnsafePointer<CChar>) -> R) -> R {
        (bytes.map { CChar(bitPattern: $0) } + [0]).withUnsafeBufferPointer { path in
            guard let start = path.baseAddress else { preconditionFailure("an array of at least a zero") }
            return body(start)
        }
    }

    /// The names in this folder, in the order of their bytes.
    func namesInFolder() throws(IngestError) -> [[UInt8]] {
        var problem: Int32 = 0
        let opened = withCString { path in
            let folder = opendir(path)
            problem = errno
            return folder
        }
        guard let folder = opened else { throw .unreadable(path: text, reason: String(systemError: problem)) }
        defer { closedir(folder) }
        var names: [Key] = []
        while true {
            // readdir returns nil at the end and for an error; only an error sets errno.
            errno = 0
            guard let item = readdir(folder) else {
                problem = errno
                if problem != 0 { throw .unreadable(path: text, reason: String(systemError: problem)) }
                return names.sorted().map(\.bytes)
            }
            let name = withUnsafeBytes(of: &item.pointee.d_name) { Key(bytes: $0.prefix { $0 != 0 }) }
            if name != "." && name != ".." { names.append(name) }
        }
    }
}

/// Whether a path leads to a file or a folder. Links are followed.
enum FileKind {
    case file, folder

    init(at path: SystemPath) throws(IngestError) {
        var info = stat()
        let problem = path.withCString { stat($0, &info) == 0 ? 0 : errno }
        if problem != 0 { throw .failed(problem, path) }
        switch info.st_mode & S_IFMT {
        case S_IFDIR: self = .folder
        case S_IFREG: self = .file
        default: throw .notFileOrFolder(path: path.text)
        }
    }
}

extension IngestError {
    /// The error for a failed system call on a path; `code` is its `errno`.
    static func failed(_ code: Int32, _ path: SystemPath) -> IngestError {
        code == ENOENT || code == ENOTDIR
            ? .notFound(path: path.text) : .unreadable(path: path.text, reason: String(systemError: code))
    }
}
