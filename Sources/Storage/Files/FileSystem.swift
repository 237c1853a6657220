// Files by path: reading them whole, and writing them so that a crash leaves the old or the new one.

internal import Dataset
internal import Foundation

/// Whole-file reading and durable writing.
package enum FileSystem {
    /// The contents of a file.
    package static func read(_ path: String, limit: Int = .max) throws(StorageError) -> [UInt8] {
        let file = try ReadableFile(path)
        try file.require(limit)
        return try file.read(0..<file.size)
    }

    /// Writes `chunks` to `path`: the file then holds all of them, or is unchanged after an error. Links are followed;
    /// pipes and devices are written to directly.
    package static func write(_ chunks: [[UInt8]], to path: String) throws(StorageError) {
        // Opening the file again would replace what was printed before.
        if let descriptor = descriptor(at: path) {
            for chunk in chunks { try writeAll(chunk, to: descriptor, path) }
            return
        }
        switch kind(path) {
        case .folder: throw .system(path: path, action: "write", reason: "it is a folder")
        case .file, nil:
            var file = try AtomicFile(path)
            for chunk in chunks { try file.write(chunk) }
            try file.commit()
        default: try append(chunks, to: path)
        }
    }

    /// The open descriptor that a path such as `/dev/stdout` or `/dev/fd/3` stands for.
    package static func descriptor(at path: String) -> Int32? {
        switch path {
        case "/dev/stdout": return STDOUT_FILENO
        case "/dev/stderr": return STDERR_FILENO
        default:
            let (folder, name) = split(path)
            let isNumber = name.utf8.allSatisfy { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }
            return ["/dev/fd", "/proc/self/fd"].contains(folder) && isNumber ? Int32(name) : nil
        }
    }

    private static func append(_ chunks: [[UInt8]], to path: String) throws(StorageError) {
        let descriptor = try StorageError.named(path, "open") { () throws(SystemCall.Failure) in
            try SystemCall.open { open(path, O_WRONLY | O_APPEND | O_CLOEXEC) }
        }
        defer { close(descriptor) }
        for chunk in chunks { try writeAll(chunk, to: descriptor, path) }
    }

    static func writeAll(_ bytes: [UInt8], to descriptor: Int32, _ path: String) throws(StorageError) {
        var written = 0
        while written < bytes.count {
            written += try StorageError.named(path, "write") { () throws(SystemCall.Failure) in
                try SystemCall.write.transfer(bytes.count - written) { count in
                    bytes.withUnsafeBytes { buffer in
                        Foundation.write(descriptor, buffer.baseAddress.map { $0 + written }, count)
                    }
                }
            }
        }
    }

    /// The path without links, if something is there; otherwise `path` without slashes at its end.
    package static func resolved(_ path: String) -> String {
        if let real = realpath(path, nil) {
            defer { free(real) }
            return String(cString: real)
        }
        var path = path
        while path.count > 1, path.hasSuffix("/") { path.removeLast() }
        return path
    }

    /// Where something new at `path` would lie, without links: also if some of its folders do not exist yet.
    package static func place(of path: String) -> String {
        if kind(path) != nil { return resolved(path) }
        let path = resolved(path)
        let (folder, name) = split(path)
        guard folder != path, !path.isEmpty, path.utf8.count <= Int(PATH_MAX) else { return path }
        let parent = place(of: folder)
        return switch name {
        case ".": parent
        // What does not exist is no link, so this leads back.
        case "..": split(parent).folder
        default: parent == "/" ? "/\(name)" : "\(parent)/\(name)"
        }
    }

    /// The folder of a path, and the name in it. By bytes, as everything about paths: to Swift, a slash with an accent
    /// after it is another character.
    package static func split(_ path: String) -> (folder: String, name: String) {
        guard let slash = path.utf8.lastIndex(of: UInt8(ascii: "/")) else { return (".", path) }
        let folder = path.utf8[..<slash]
        let name = path.utf8[path.utf8.index(after: slash)...]
        return (
            folder.isEmpty ? "/" : String(decoding: folder, as: UTF8.self),
            String(decoding: name, as: UTF8.self)
        )
    }

    /// Whether `path` is `folder` or lies in it; both without links, as `resolved` gives them.
    package static func isInside(_ path: String, _ folder: String) -> Bool {
        "\(path)/".utf8.starts(with: "\(folder)/".utf8)
    }

    /// Creates a folder and its missing parents.
    package static func createFolder(_ path: String) throws(StorageError) {
        guard !path.isEmpty else { throw .noName }
        func make() -> Int32? {
            do throws(SystemCall.Failure) {
                try SystemCall.makeFolder { mkdir(path, 0o777) }
                return nil
            } catch {
                return error.code
            }
        }
        guard var reason = make() else { return }
        let parent = split(path).folder
        if reason == ENOENT, parent != ".", parent != path {
            try createFolder(parent)
            guard let second = make() else { return }
            reason = second
        }
        if reason == EEXIST, isFolder(path) { return }
        try requireNoFile(at: path)
        throw .system(path, "create", reason)
    }

    /// - Throws: `isFile` if a file lies at `path`, where a folder is to be, or at one of its parents
    package static func requireNoFile(at path: String) throws(StorageError) {
        guard path.utf8.count <= Int(PATH_MAX) else { throw .system(path, "write", ENAMETOOLONG) }
        if isFile(path) { throw .isFile(path: path) }
        let parent = split(path).folder
        if parent != ".", parent != path { try requireNoFile(at: parent) }
    }

    /// Whether anything has this name, even a link that leads nowhere.
    package static func exists(_ path: String) -> Bool {
        (try? FileStatus(at: path, followsLinks: false)) != nil
    }

    /// The same, but an error if it cannot be known, because a disk or server fails.
    package static func isThere(_ path: String) throws(StorageError) -> Bool {
        do throws(SystemCall.Failure) {
            _ = try FileStatus(at: path, followsLinks: false)
            return true
        } catch {
            guard [ENOENT, ENOTDIR].contains(error.code) else { throw .system(path, "read", error.code) }
            return false
        }
    }

    /// Whether `path` is a folder or a link to one.
    package static func isFolder(_ path: String) -> Bool { kind(path) == .folder }

    /// Whether `path` is a regular file, or a link to one if links are followed; not a pipe or device.
    package static func isFile(_ path: String, followsLinks: Bool = true) -> Bool {
        kind(path, followsLinks) == .file
    }

    /// Whether two paths lead to one file, by whatever names and links.
    package static func isSame(_ a: String, _ b: String) -> Bool {
        guard let first = try? FileStatus(at: a, followsLinks: true),
            let second = try? FileStatus(at: b, followsLinks: true)
        else { return false }
        return first.identity == second.identity
    }

    private static func kind(_ path: String, _ followsLinks: Bool = true) -> FileStatus.Kind? {
        (try? FileStatus(at: path, followsLinks: followsLinks))?.kind
    }

    /// The names in a folder, sorted by bytes; empty if there is no such folder.
    package static func names(in folder: String) throws(StorageError) -> [String] {
        guard exists(folder) else { return [] }
        return try Folder(folder).names()
    }
}
