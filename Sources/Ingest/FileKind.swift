// Paths of files and folders as the system has them: what lies there, and what a folder holds.

internal import Dataset
internal import Foundation

/// A path as the file system has it: bytes, which need not be UTF-8.
struct SystemPath {
    let bytes: [UInt8]

    init(_ text: String) { bytes = Array(text.utf8) }

    private init(bytes: [UInt8]) { self.bytes = bytes }

    func appending(_ name: [UInt8]) -> SystemPath {
        let slash = UInt8(ascii: "/")
        return SystemPath(bytes: bytes.last == slash ? bytes + name : bytes + [slash] + name)
    }

    /// For messages.
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
        guard let folder = opened else { throw .unreadable(path: text, reason: systemError(problem)) }
        defer { closedir(folder) }
        var names: [Key] = []
        while true {
            // At the end, readdir returns the same as for an error and leaves errno alone.
            errno = 0
            guard let item = readdir(folder) else {
                problem = errno
                if problem != 0 { throw .unreadable(path: text, reason: systemError(problem)) }
                return names.sorted().map(\.bytes)
            }
            let name = withUnsafeBytes(of: &item.pointee.d_name) { Key(bytes: $0.prefix { $0 != 0 }) }
            if name != "." && name != ".." { names.append(name) }
        }
    }
}

/// A file or a folder; links that the user names are followed.
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

/// The text of an `errno`, taken right after the call that failed.
func systemError(_ code: Int32) -> String { String(cString: strerror(code)) }

extension IngestError {
    /// What the failure of a call on a path means, by its `errno`.
    static func failed(_ code: Int32, _ path: SystemPath) -> IngestError {
        code == ENOENT || code == ENOTDIR
            ? .notFound(path: path.text) : .unreadable(path: path.text, reason: systemError(code))
    }
}
