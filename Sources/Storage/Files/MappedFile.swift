// A file mapped into memory, so that uncompressed shards are read without copying.

internal import Foundation

/// A read-only mapping of a whole file of a dataset.
package final class MappedFile: @unchecked Sendable {
    package let bytes: UnsafeRawBufferPointer
    private let file: ReadableFile

    package var path: String { file.path }

    package init(_ path: String) throws(StorageError) {
        let file = try ReadableFile(path, followsLinks: false)
        let size = file.size
        guard size > 0 else { throw .unusable(file: path, reason: "it is empty") }
        let base = try file.withDescriptor { (descriptor) throws(StorageError) in
            var base: UnsafeMutableRawPointer?
            try StorageError.named(path, "map") { () throws(SystemCall.Failure) in
                _ = try SystemCall.map {
                    base = mmap(nil, size, PROT_READ, MAP_SHARED, descriptor, 0)
                    return base == MAP_FAILED ? -1 : 0
                }
            }
            return base
        }
        self.file = file
        bytes = UnsafeRawBufferPointer(start: base, count: size)
    }

    deinit { munmap(UnsafeMutableRawPointer(mutating: bytes.baseAddress), bytes.count) }

    /// Whether the file is still at least as long as the mapping. Reading beyond the end of a truncated file would
    /// kill the process.
    package var isWhole: Bool {
        do {
            return try file.withDescriptor { (descriptor) throws(StorageError) in
                try StorageError.named(path, "read") { () throws(SystemCall.Failure) in
                    try FileStatus(of: descriptor).size >= bytes.count
                }
            }
        } catch {
            // Its name is gone or leads elsewhere, but the mapping keeps the file.
            return true
        }
    }
}
