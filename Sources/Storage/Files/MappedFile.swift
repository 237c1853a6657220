// A file mapped into memory, so that uncompressed shards are read without copying.

internal import Foundation

/// A read-only mapping of a whole file of a dataset.
package final class MappedFile: @unchecked Sendable {
    package let path: String
    package let bytes: UnsafeRawBufferPointer
    private let descriptor: Int32

    package init(_ path: String) throws(StorageError) {
        let (descriptor, size) = try openForReading(path, followsLinks: false)
        guard size > 0 else {
            close(descriptor)
            throw .unusable(file: path, reason: "it is empty")
        }
        guard let base = mmap(nil, size, PROT_READ, MAP_SHARED, descriptor, 0), base != MAP_FAILED else {
            let reason = errno
            close(descriptor)
            throw .system(path, "map", reason)
        }
        self.path = path
        self.descriptor = descriptor
        bytes = UnsafeRawBufferPointer(start: base, count: size)
    }

    deinit {
        munmap(UnsafeMutableRawPointer(mutating: bytes.baseAddress), bytes.count)
        close(descriptor)
    }

    /// Whether the file is still at least as long as the mapping. Reading beyond the end of a truncated file would
    /// kill the process.
    package var isWhole: Bool {
        var info = stat()
        return fstat(descriptor, &info) == 0 && Int(info.st_size) >= bytes.count
    }
}
