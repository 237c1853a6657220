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

    func withCString<R, E>(_ body: (UnsafePointer<CChar>) throws(E) -> R) throws(E) -> R {
        try (bytes.map { CChar(bitPattern: $0) } + [0]).withUnsafeBufferPointer { (path) throws(E) in
            guard let start = path.baseAddress else { preconditionFailure("an array of at least a zero") }
            return try body(start)
        }
    }

    /// What lies at this path.
    func status(followsLinks: Bool) throws(IngestError) -> FileStatus {
        do throws(SystemCall.Failure) {
            return try withCString { (path) throws(SystemCall.Failure) in
                try FileStatus(at: path, followsLinks: followsLinks)
            }
        } catch {
            throw .failed(error.code, self)
        }
    }

    /// The names in this folder, in the order of their bytes.
    func namesInFolder() throws(IngestError) -> [[UInt8]] {
        var opened: OpaquePointer?
        do throws(SystemCall.Failure) {
            try SystemCall.list {
                opened = withCString { opendir($0) }
                return opened == nil ? -1 : 0
            }
        } catch {
            throw .unreadable(path: text, reason: error.reason)
        }
        guard let folder = opened else { return [] }
        defer { closedir(folder) }
        var names: [Key] = []
        while true {
            // readdir returns nil at the end and for an error; only an error sets errno.
            errno = 0
            guard let item = readdir(folder) else {
                let problem = errno
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
        switch try path.status(followsLinks: true).kind {
        case .folder: self = .folder
        case .file: self = .file
        case .link, .other: throw .notFileOrFolder(path: path.text)
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
