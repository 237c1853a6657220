// File operations that survive a crash: write a temporary file, sync it, rename it, sync the folder.

internal import Dataset
internal import Foundation

/// Whole-file reading and durable writing.
package enum FileSystem {
    /// The contents of a file.
    package static func read(_ path: String) throws(StorageError) -> [UInt8] {
        let file = try ReadableFile(path)
        return try file.read(0..<file.size)
    }

    /// Writes `chunks` to `path`: the file then holds all of them, or is unchanged after an error. Links are followed;
    /// pipes and devices are written to directly.
    package static func write(_ chunks: [[UInt8]], to path: String) throws(StorageError) {
        // Opening the file again would replace what was printed before.
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

    private static func append(_ chunks: [[UInt8]], to path: String) throws(StorageError) {
        let descriptor = open(path, O_WRONLY | O_APPEND | O_CLOEXEC)
        guard descriptor >= 0 else { throw .system(path, "open", errno) }
        defer { close(descriptor) }
        for chunk in chunks { try writeAll(chunk, to: descriptor, path) }
    }

    private static func replace(_ path: String, with chunks: [[UInt8]]) throws(StorageError) {
        let temporary = path + ".tmp"
        let descriptor = open(temporary, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o666)
        guard descriptor >= 0 else { throw .system(path, "create", errno) }
        do throws(StorageError) {
            for chunk in chunks { try writeAll(chunk, to: descriptor, path) }
            guard fsync(descriptor) == 0 else { throw .system(path, "write", errno) }
        } catch {
            close(descriptor)
            unlink(temporary)
            throw error
        }
        do throws(StorageError) {
            guard close(descriptor) == 0 else { throw .system(path, "write", errno) }
            try rename(temporary, to: path)
        } catch {
            unlink(temporary)
            throw error
        }
    }

    package static func rename(_ from: String, to: String) throws(StorageError) {
        guard Foundation.rename(from, to) == 0 else { throw .system(to, "rename to", errno) }
    }

    /// Makes new names in a folder durable.
    package static func sync(folder: String) throws(StorageError) {
        let descriptor = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard descriptor >= 0 else { throw .system(folder, "open", errno) }
        defer { close(descriptor) }
        guard fsync(descriptor) == 0 else { throw .system(folder, "sync", errno) }
    }

    /// Creates a folder and its missing parents.
    package static func createFolder(_ path: String) throws(StorageError) {
        if mkdir(path, 0o777) == 0 { return }
        var reason = errno
        if reason == ENOENT, let slash = path.lastIndex(of: "/"), slash > path.startIndex {
            try createFolder(String(path[..<slash]))
            if mkdir(path, 0o777) == 0 { return }
            reason = errno
        }
        guard reason == EEXIST, isFolder(path) else { throw .system(path, "create", reason) }
    }

    /// Removes a file, a link or a whole folder, if it exists.
    package static func remove(_ path: String) throws(StorageError) {
        var info = stat()
        guard lstat(path, &info) == 0 else {
            if errno == ENOENT { return }
            throw .system(path, "remove", errno)
        }
        if info.st_mode & S_IFMT == S_IFDIR {
            for name in try names(in: path) { try remove("\(path)/\(name)") }
            guard rmdir(path) == 0 || errno == ENOENT else { throw .system(path, "remove", errno) }
        } else {
            guard unlink(path) == 0 || errno == ENOENT else { throw .system(path, "remove", errno) }
        }
    }

    package static func exists(_ path: String) -> Bool {
        var info = stat()
        return lstat(path, &info) == 0
    }

    /// Whether `path` is a folder or a link to one.
    package static func isFolder(_ path: String) -> Bool { kind(path) == S_IFDIR }

    /// Whether `path` is a regular file or a link to one, not a pipe or device.
    package static func isFile(_ path: String) -> Bool { kind(path) == S_IFREG }

    private static func kind(_ path: String) -> mode_t? {
        var info = stat()
        return stat(path, &info) == 0 ? info.st_mode & S_IFMT : nil
    }

    /// The names in a folder, sorted by bytes; empty if there is no such folder.
    package static func names(in folder: String) throws(StorageError) -> [String] {
        guard let directory = opendir(folder) else {
            if errno == ENOENT { return [] }
            throw .system(folder, "list", errno)
        }
        defer { closedir(directory) }
        var names: [Key] = []
        while true {
            errno = 0
            guard let item = readdir(directory) else {
                guard errno == 0 else { throw .system(folder, "list", errno) }
                break
            }
            names.append(withUnsafeBytes(of: &item.pointee.d_name) { Key(bytes: $0.prefix { $0 != 0 }) })
        }
        return names.filter { $0 != "." && $0 != ".." }.sorted().map {
            String(decoding: $0.bytes, as: UTF8.self)
        }
    }

    private static func writeAll(
        _ bytes: [UInt8], to descriptor: Int32, _ path: String
    ) throws(StorageError) {
        var written = 0
        while written < bytes.count {
            let count = bytes.withUnsafeBytes { buffer in
                Foundation.write(descriptor, buffer.baseAddress.map { $0 + written }, buffer.count - written)
            }
            if count < 0, errno == EINTR { continue }
            guard count > 0 else { throw .system(path, "write", errno) }
            written += count
        }
    }
}
