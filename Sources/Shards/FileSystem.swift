// File operations that survive a crash: write aside, sync, rename, sync the folder.

internal import Dataset
internal import Foundation

/// Whole-file reading and durable writing.
public enum FileSystem {
    /// The contents of a file.
    public static func read(_ path: String) throws(ShardError) -> [UInt8] {
        let file = try ReadableFile(path)
        return try file.read(0..<file.size)
    }

    /// Writes `chunks` to `path` so that it either holds them all or is as it was. What is no file, such as a pipe, is
    /// written to as it stands; a link to a file leads there.
    public static func write(_ chunks: [[UInt8]], to path: String) throws(ShardError) {
        // Behind what was printed before, which a file opened anew would not know of.
        if path == "/dev/stdout" {
            for chunk in chunks { try writeAll(chunk, to: STDOUT_FILENO, path) }
            return
        }
        var info = stat()
        guard stat(path, &info) == 0 else { return try replace(path, with: chunks) }
        switch info.st_mode & S_IFMT {
        case S_IFREG: try replace(resolved(path), with: chunks)
        case S_IFDIR: throw .system(path: path, action: "write", reason: "it is a folder")
        default: try append(chunks, to: path)
        }
    }

    private static func resolved(_ path: String) -> String {
        guard let real = realpath(path, nil) else { return path }
        defer { free(real) }
        return String(cString: real)
    }

    private static func append(_ chunks: [[UInt8]], to path: String) throws(ShardError) {
        let descriptor = open(path, O_WRONLY | O_APPEND | O_CLOEXEC)
        guard descriptor >= 0 else { throw systemError(path, "open") }
        defer { close(descriptor) }
        for chunk in chunks { try writeAll(chunk, to: descriptor, path) }
    }

    private static func replace(_ path: String, with chunks: [[UInt8]]) throws(ShardError) {
        let temporary = path + ".tmp"
        let descriptor = open(temporary, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o666)
        guard descriptor >= 0 else { throw systemError(path, "create") }
        do throws(ShardError) {
            for chunk in chunks { try writeAll(chunk, to: descriptor, path) }
            guard fsync(descriptor) == 0 else { throw systemError(path, "write") }
        } catch {
            close(descriptor)
            unlink(temporary)
            throw error
        }
        do throws(ShardError) {
            guard close(descriptor) == 0 else { throw systemError(path, "write") }
            try rename(temporary, to: path)
        } catch {
            unlink(temporary)
            throw error
        }
    }

    public static func rename(_ from: String, to: String) throws(ShardError) {
        guard Foundation.rename(from, to) == 0 else { throw systemError(to, "rename to") }
    }

    /// Makes the names in a folder durable.
    public static func sync(folder: String) throws(ShardError) {
        let descriptor = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard descriptor >= 0 else { throw systemError(folder, "open") }
        defer { close(descriptor) }
        guard fsync(descriptor) == 0 else { throw systemError(folder, "sync") }
    }

    /// Creates a folder and those above it that are missing.
    public static func createFolder(_ path: String) throws(ShardError) {
        if mkdir(path, 0o777) == 0 { return }
        var reason = errno
        if reason == ENOENT, let slash = path.lastIndex(of: "/"), slash > path.startIndex {
            try createFolder(String(path[..<slash]))
            if mkdir(path, 0o777) == 0 { return }
            reason = errno
        }
        guard reason == EEXIST, isFolder(path) else { throw systemError(path, "create", reason) }
    }

    /// Removes a file, a link or a whole folder; not being there is fine.
    public static func remove(_ path: String) throws(ShardError) {
        var info = stat()
        guard lstat(path, &info) == 0 else {
            if errno == ENOENT { return }
            throw systemError(path, "remove")
        }
        if info.st_mode & S_IFMT == S_IFDIR {
            for name in try names(in: path) { try remove("\(path)/\(name)") }
            guard rmdir(path) == 0 || errno == ENOENT else { throw systemError(path, "remove") }
        } else {
            guard unlink(path) == 0 || errno == ENOENT else { throw systemError(path, "remove") }
        }
    }

    public static func exists(_ path: String) -> Bool {
        var info = stat()
        return lstat(path, &info) == 0
    }

    /// Whether a folder is there, or a link to one.
    public static func isFolder(_ path: String) -> Bool { kind(path) == S_IFDIR }

    /// Whether a file is there, or a link to one; no pipe or device.
    public static func isFile(_ path: String) -> Bool { kind(path) == S_IFREG }

    private static func kind(_ path: String) -> mode_t? {
        var info = stat()
        return stat(path, &info) == 0 ? info.st_mode & S_IFMT : nil
    }

    /// Names in a folder, in the order of their bytes; none if there is no such folder.
    public static func names(in folder: String) throws(ShardError) -> [String] {
        guard let directory = opendir(folder) else {
            if errno == ENOENT { return [] }
            throw systemError(folder, "list")
        }
        defer { closedir(directory) }
        var names: [Key] = []
        while true {
            errno = 0
            guard let item = readdir(directory) else {
                guard errno == 0 else { throw systemError(folder, "list") }
                break
            }
            names.append(withUnsafeBytes(of: &item.pointee.d_name) { Key(bytes: $0.prefix { $0 != 0 }) })
        }
        return names.filter { $0 != "." && $0 != ".." }.sorted().map {
            String(decoding: $0.bytes, as: UTF8.self)
        }
    }

    private static func writeAll(_ bytes: [UInt8], to descriptor: Int32, _ path: String) throws(ShardError) {
        var written = 0
        while written < bytes.count {
            let count = bytes.withUnsafeBytes { buffer in
                Foundation.write(descriptor, buffer.baseAddress.map { $0 + written }, buffer.count - written)
            }
            if count < 0, errno == EINTR { continue }
            guard count > 0 else { throw systemError(path, "write") }
            written += count
        }
    }
}

/// - Parameter reason: the system's number of what went wrong
func systemError(_ path: String, _ action: String, _ reason: Int32 = errno) -> ShardError {
    .system(path: path, action: action, reason: String(cString: strerror(reason)))
}

/// Opens a regular file for reading. Pipes and devices, whose reading may never end, are refused.
///
/// - Parameter followsLinks: whether the file may lie elsewhere
func openForReading(_ path: String, followsLinks: Bool) throws(ShardError) -> (Int32, size: Int) {
    // Without blocking: opening a pipe would wait for its writer.
    let descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | (followsLinks ? 0 : O_NOFOLLOW))
    guard descriptor >= 0 else {
        let reason = errno
        if reason == ELOOP, !followsLinks {
            throw .inconsistent(file: path, reason: "it is a link; the files of a dataset lie in its folder")
        }
        throw systemError(path, "open", reason)
    }
    var info = stat()
    guard fstat(descriptor, &info) == 0, info.st_mode & S_IFMT == S_IFREG else {
        close(descriptor)
        throw .inconsistent(file: path, reason: "it is not a file")
    }
    return (descriptor, Int(info.st_size))
}

/// An open file that is read by ranges.
public struct ReadableFile: ~Copyable, Sendable {
    public let path: String
    /// Bytes, when it was opened.
    public let size: Int
    private let descriptor: Int32

    public init(_ path: String, followsLinks: Bool = true) throws(ShardError) {
        (descriptor, size) = try openForReading(path, followsLinks: followsLinks)
        self.path = path
    }

    /// The contents of a dataset's file, which lies in its folder and has at most `limit` bytes.
    static func contents(of path: String, limit: Int) throws(ShardError) -> [UInt8] {
        let file = try ReadableFile(path, followsLinks: false)
        guard file.size <= limit else {
            throw .inconsistent(file: path, reason: "\(file.size) bytes are more than \(limit)")
        }
        return try file.read(0..<file.size)
    }

    deinit { close(descriptor) }

    /// Fills `buffer` from `offset` on.
    public func read(at offset: Int, into buffer: UnsafeMutableRawBufferPointer) throws(ShardError) {
        var done = 0
        while done < buffer.count {
            let count = pread(
                descriptor, buffer.baseAddress.map { $0 + done }, buffer.count - done, off_t(offset + done))
            if count < 0, errno == EINTR { continue }
            if count < 0 { throw systemError(path, "read") }
            if count == 0 {
                throw .wrongSize(file: path, expected: offset + buffer.count, found: offset + done)
            }
            done += count
        }
    }

    /// The bytes of `range`.
    public func read(_ range: Range<Int>) throws(ShardError) -> [UInt8] {
        var failure: ShardError?
        let bytes = [UInt8](unsafeUninitializedCapacity: range.count) { buffer, count in
            do throws(ShardError) {
                try read(at: range.lowerBound, into: UnsafeMutableRawBufferPointer(buffer))
                count = range.count
            } catch {
                failure = error
            }
        }
        if let failure { throw failure }
        return bytes
    }
}
