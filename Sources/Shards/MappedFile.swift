// A file mapped into memory: uncompressed shards are read without being copied.

internal import Foundation

/// A read-only mapping of a whole file.
public final class MappedFile: @unchecked Sendable {
    public let path: String
    public let bytes: UnsafeRawBufferPointer
    private let descriptor: Int32

    public init(_ path: String) throws(ShardError) {
        self.path = path
        descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { throw systemError(path, "open") }
        var info = stat()
        guard fstat(descriptor, &info) == 0, info.st_size > 0,
            let base = mmap(nil, Int(info.st_size), PROT_READ, MAP_SHARED, descriptor, 0), base != MAP_FAILED
        else {
            close(descriptor)
            throw systemError(path, "map")
        }
        bytes = UnsafeRawBufferPointer(start: base, count: Int(info.st_size))
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
