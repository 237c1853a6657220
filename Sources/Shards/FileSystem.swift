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

    public static func createFolder(_ path: String) throws(ShardError) {
        do {
            try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
        } catch {
            throw systemError(path, "create")
        }
    }

    /// Removes a file or folder; not being there is fine.
    public static func remove(_ path: String) throws(ShardError) {
        guard exists(path) else { return }
        do {
            try FileManager.default.removeItem(atPath: path)
        } catch {
            throw systemError(path, "remove")
        }
    }

    public static func exists(_ path: String) -> Bool {
        var info = stat()
        return lstat(path, &info) == 0
    }

    /// Names in a folder, sorted; empty if it cannot be read.
    public static func names(in folder: String) -> [String] {
        ((try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []).sorted(by: bytewise)
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

func systemError(_ path: String, _ action: String) -> ShardError {
    .system(path: path, action: action, reason: String(cString: strerror(errno)))
}

/// An open file that is read by ranges.
public struct ReadableFile: ~Copyable, Sendable {
    public let path: String
    /// Bytes, when it was opened.
    public let size: Int
    private let descriptor: Int32

    public init(_ path: String) throws(ShardError) {
        (descriptor, size) = try Self.open(path)
        self.path = path
    }

    private static func open(_ path: String) throws(ShardError) -> (Int32, size: Int) {
        let descriptor = Foundation.open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { throw systemError(path, "open") }
        var info = stat()
        guard fstat(descriptor, &info) == 0, info.st_mode & S_IFMT != S_IFDIR else {
            close(descriptor)
            throw .system(path: path, action: "read", reason: "it is not a file")
        }
        return (descriptor, Int(info.st_size))
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
