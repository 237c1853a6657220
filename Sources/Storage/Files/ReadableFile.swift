// Reads ranges of files. Mirrors FileSystem, which writes them.

internal import Foundation

/// An open file, for reading ranges of it.
package struct ReadableFile: ~Copyable, Sendable {
    package let path: String
    /// Its size in bytes when it was opened.
    package let size: Int
    private let descriptor: Int32

    package init(_ path: String, followsLinks: Bool = true) throws(StorageError) {
        (descriptor, size) = try openForReading(path, followsLinks: followsLinks)
        self.path = path
    }

    /// The contents of a file of a dataset: not a link, and at most `limit` bytes long.
    package static func contents(of path: String, limit: Int) throws(StorageError) -> [UInt8] {
        let file = try ReadableFile(path, followsLinks: false)
        guard file.size <= limit else {
            throw .unusable(file: path, reason: "its \(file.size) bytes are more than the limit of \(limit)")
        }
        return try file.read(0..<file.size)
    }

    deinit { close(descriptor) }

    /// Fills `buffer` with the bytes from `offset` on.
    package func read(at offset: Int, into buffer: UnsafeMutableRawBufferPointer) throws(StorageError) {
        var done = 0
        while done < buffer.count {
            let count = pread(
                descriptor, buffer.baseAddress.map { $0 + done }, buffer.count - done, off_t(offset + done))
            if count < 0, errno == EINTR { continue }
            if count < 0 { throw .system(path, "read", errno) }
            if count == 0 {
                throw .truncated(file: path, expected: offset + buffer.count, found: offset + done)
            }
            done += count
        }
    }

    /// The bytes of `range`.
    package func read(_ range: Range<Int>) throws(StorageError) -> [UInt8] {
        var failure: StorageError?
        let bytes = [UInt8](unsafeUninitializedCapacity: range.count) { buffer, count in
            do throws(StorageError) {
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

/// Opens a regular file for reading. Refuses pipes and devices, because reading them may never end.
///
/// - Parameter followsLinks: whether `path` may be a link
func openForReading(_ path: String, followsLinks: Bool) throws(StorageError) -> (Int32, size: Int) {
    // O_NONBLOCK, because opening a pipe would otherwise wait for its writer.
    let descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | (followsLinks ? 0 : O_NOFOLLOW))
    guard descriptor >= 0 else {
        let reason = errno
        if reason == ELOOP, !followsLinks {
            throw .unusable(file: path, reason: "it is a link; the files of a dataset lie in its folder")
        }
        throw .system(path, "open", reason)
    }
    var info = stat()
    guard fstat(descriptor, &info) == 0, info.st_mode & S_IFMT == S_IFREG else {
        close(descriptor)
        throw .unusable(file: path, reason: "it is not a file")
    }
    return (descriptor, Int(info.st_size))
}
