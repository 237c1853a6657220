// Reads ranges of files. Mirrors FileSystem, which writes them.

package import Dataset
internal import Foundation
internal import Synchronization

/// A regular file, for reading ranges of it.
///
/// It stays open while this process has descriptors to spare; otherwise it is opened again for each use, and must then
/// be the same file.
package struct ReadableFile: ~Copyable, Sendable {
    package let path: String
    /// Its size in bytes when it was opened.
    package let size: Int
    private let followsLinks: Bool
    private let identity: FileStatus.Identity
    private let descriptor: Int32?

    /// - Throws: `StorageError` if it cannot be opened, or is a pipe or device, because reading those may never end
    package init(_ path: String, followsLinks: Bool = true) throws(StorageError) {
        let (descriptor, status) = try Self.open(path, followsLinks)
        (size, identity) = (status.size, status.identity)
        if DescriptorBudget.take() {
            self.descriptor = descriptor
        } else {
            close(descriptor)
            self.descriptor = nil
        }
        self.path = path
        self.followsLinks = followsLinks
    }

    deinit {
        guard let descriptor else { return }
        close(descriptor)
        DescriptorBudget.giveBack()
    }

    private static func open(_ path: String, _ followsLinks: Bool) throws(StorageError) -> (Int32, FileStatus)
    {
        let descriptor: Int32
        do throws(SystemCall.Failure) {
            // O_NONBLOCK, because opening a pipe would otherwise wait for its writer.
            let flags = O_RDONLY | O_CLOEXEC | O_NONBLOCK | (followsLinks ? 0 : O_NOFOLLOW)
            descriptor = try SystemCall.open { Foundation.open(path, flags) }
        } catch {
            if error.code == ELOOP, !followsLinks {
                throw .unusable(file: path, reason: "it is a link; the files of a dataset lie in its folder")
            }
            throw .system(path, "open", error.code)
        }
        do throws(StorageError) {
            let status = try StorageError.named(path, "open") { () throws(SystemCall.Failure) in
                try FileStatus(of: descriptor)
            }
            guard status.kind == .file else { throw .unusable(file: path, reason: "it is not a file") }
            return (descriptor, status)
        } catch {
            close(descriptor)
            throw error
        }
    }

    /// The contents of a file of a dataset: not a link, and at most `limit` bytes long.
    package static func contents(of path: String, limit: Int) throws(StorageError) -> [UInt8] {
        let file = try ReadableFile(path, followsLinks: false)
        try file.require(limit)
        return try file.read(0..<file.size)
    }

    /// - Throws: `StorageError` if the file is longer than `limit` bytes; a sparse one is so in name alone
    package func require(_ limit: Int) throws(StorageError) {
        guard size <= limit else {
            throw .unusable(file: path, reason: "its \(size) bytes are more than the limit of \(limit)")
        }
    }

    /// Calls `body` with a descriptor of the file.
    func withDescriptor<R>(_ body: (Int32) throws(StorageError) -> R) throws(StorageError) -> R {
        if let descriptor { return try body(descriptor) }
        let (descriptor, status) = try Self.open(path, followsLinks)
        defer { close(descriptor) }
        guard status.identity == identity else {
            throw .unusable(file: path, reason: "it was replaced by another file while it was in use")
        }
        return try body(descriptor)
    }

    /// Fills `buffer` with the bytes from `offset` on.
    package func read(at offset: Int, into buffer: UnsafeMutableRawBufferPointer) throws(StorageError) {
        try withDescriptor { (descriptor) throws(StorageError) in
            var done = 0
            while done < buffer.count {
                let count = try StorageError.named(path, "read") { () throws(SystemCall.Failure) in
                    try SystemCall.read.transfer(buffer.count - done) { count in
                        pread(descriptor, buffer.baseAddress.map { $0 + done }, count, off_t(offset + done))
                    }
                }
                if count == 0 {
                    throw .truncated(file: path, expected: offset + buffer.count, found: offset + done)
                }
                done += count
            }
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

    /// The SHA-256 of the whole file.
    package func digest() throws(StorageError) -> Digest {
        var digest = DigestBuilder()
        for start in stride(from: 0, to: size, by: 4 << 20) {
            let bytes = try read(start..<min(start + 4 << 20, size))
            bytes.withUnsafeBytes { digest.update($0) }
        }
        return digest.finish()
    }
}

/// How many files may stay open between uses: half of what the process may open.
private enum DescriptorBudget {
    private static let held = Atomic<Int>(0)
    private static let limit: Int = {
        var limits = rlimit()
        #if canImport(Glibc)
            let resource = __rlimit_resource_t(RLIMIT_NOFILE.rawValue)
        #else
            let resource = RLIMIT_NOFILE
        #endif
        guard getrlimit(resource, &limits) == 0 else { return 64 }
        return Int(clamping: limits.rlim_cur) / 2
    }()

    static func take() -> Bool {
        if held.add(1, ordering: .relaxed).newValue <= limit { return true }
        giveBack()
        return false
    }

    static func giveBack() { held.subtract(1, ordering: .relaxed) }
}
