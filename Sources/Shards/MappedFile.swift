// A file mapped into memory: uncompressed shards are read without being copied.

internal import Foundation

/// A read-only mapping of a whole file of a dataset.
public final class MappedFile: @unchecked Sendable {
    public let path: String
    public let bytes: UnsafeRawBufferPointer
    private let descriptor: Int32

    public init(_ path: String) throws(ShardError) {
        let (descriptor, size) = try openForReading(path, followsLinks: false)
        guard size > 0 else {
            close(descriptor)
            throw .inconsistent(file: path, reason: "it is empty")
        }
        guard let base = mmap(nil, size, PROT_READ, MAP_SHARED, descriptor, 0), base != MAP_FAILED else {
            let reason = errno
            close(descriptor)
            throw systemError(path, "map", reason)
        }
        self.path = path
        self.descriptor = descriptor
        bytes = UnsafeRawBufferPointer(start: base, count: size)
    }

    deinit {
        munmap(UnsafeMutableRawPointer(mutating: bytes.baseAddress), bytes.count)
        close(descriptor)
    }

    /// Whether the file still has the size it was mapped with. Reading a mapping beyond the end of a file
    /// that somebody has truncated would end the process.
    public var isWhole: Bool {
        var info = stat()
        return fstat(descriptor, &info) == 0 && Int(info.st_size) >= bytes.count
    }
}
