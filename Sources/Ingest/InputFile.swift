// Reads an archive or IDX file from disk and unpacks gzip; every byte of such an input passes here.

internal import Dataset
internal import Foundation
internal import Storage

/// A regular file, opened once, so that the checked file is the one that is read.
///
/// `read(into:)` unpacks a file that begins as gzip, whatever its name: one layer, all members, with only zero bytes
/// after the last (the rule of Python's gzip module). `read(at:into:count:)` gives the bytes on disk.
final class InputFile {
    let path: SystemPath
    /// Bytes on disk.
    let size: Int64
    /// How many bytes on disk `read(into:)` has used.
    private(set) var position: Int64 = 0
    private let descriptor: Int32
    /// Where `read(into:)` stops, in bytes on disk.
    private(set) var end: Int64

    private var gunzip: Inflater?
    private var packed: [UInt8] = []
    private var unused = 0..<0
    private var isBetweenMembers = false
    private var isAtBeginning = true
    private var unpackedBytes: Int64 = 0

    init(_ path: SystemPath) throws(IngestError) {
        self.path = path
        (descriptor, size) = try Self.open(path)
        end = size
        var magic: [UInt8] = [0, 0]
        guard try read(at: 0, into: &magic, count: 2), magic == [0x1F, 0x8B] else { return }
        gunzip = Inflater(.gzip)
        guard gunzip != nil else { throw .unreadable(path: path.text, reason: "out of memory") }
        packed = Array(repeating: 0, count: 128 << 10)
    }

    deinit { close(descriptor) }

    private static func open(_ path: SystemPath) throws(IngestError) -> (Int32, Int64) {
        var descriptor: Int32 = -1
        do throws(SystemCall.Failure) {
            // Without O_NONBLOCK, opening a FIFO waits for a writer.
            descriptor = try SystemCall.open {
                path.withCString { Foundation.open($0, O_RDONLY | O_NONBLOCK | O_CLOEXEC) }
            }
            let status = try FileStatus(of: descriptor)
            if status.kind == .file { return (descriptor, Int64(status.size)) }
        } catch {
            if descriptor >= 0 { close(descriptor) }
            throw .failed(error.code, path)
        }
        close(descriptor)
        throw .notFileOrFolder(path: path.text)
    }

    var isGzip: Bool { gunzip != nil }

    /// Makes `read(into:)` of a plain file end at `end`.
    func limit(to end: Int64) { self.end = min(end, size) }

    /// Makes `read(into:)` of a plain file continue at `offset`.
    func seek(to offset: Int64) { position = min(max(offset, 0), end) }

    /// The next bytes, unpacked; 0 at the end.
    func read(into output: UnsafeMutableRawBufferPointer) throws(IngestError) -> Int {
        guard isGzip else { return try readRaw(into: output) }
        let count = try unpack(into: output)
        if isAtBeginning, count >= 2, output[0] == 0x1F, output[1] == 0x8B {
            throw broken("gzip inside gzip; unpack the outer one first")
        }
        isAtBeginning = false
        unpackedBytes += Int64(count)
        let limit = UnpackLimit.bytes(ofFileSize: size)
        guard unpackedBytes <= limit else { throw .unpacksTooFar(path: path.text, limit: limit) }
        return count
    }

    /// Whether two files have the same contents, unpacked. Afterwards their positions are undefined.
    func holdsTheSame(as other: InputFile) throws(IngestError) -> Bool {
        var (a, b) = ([UInt8](repeating: 0, count: 256 << 10), [UInt8](repeating: 0, count: 256 << 10))
        while true {
            let (m, n) = (try fill(&a), try other.fill(&b))
            if m != n || a[..<m] != b[..<n] { return false }
            if m < a.count { return true }
        }
    }

    /// Reads until `buffer` is full or the file ends.
    private func fill(_ buffer: inout [UInt8]) throws(IngestError) -> Int {
        try buffer.withMutableBytes { (bytes) throws(IngestError) in
            var done = 0
            while done < bytes.count {
                let count = try read(into: UnsafeMutableRawBufferPointer(rebasing: bytes[done...]))
                if count == 0 { break }
                done += count
            }
            return done
        }
    }

    private func unpack(into output: UnsafeMutableRawBufferPointer) throws(IngestError) -> Int {
        while true {
            if unused.isEmpty {
                let count = try packed.withMutableBytes { (bytes) throws(IngestError) in
                    try readRaw(into: bytes)
                }
                unused = 0..<count
            }
            if isBetweenMembers {
                while let index = unused.first, packed[index] == 0 { unused.removeFirst() }
                guard let index = unused.first else {
                    if position >= end { return 0 }
                    continue
                }
                guard packed[index] == 0x1F else {
                    throw broken("data that is not gzip follows its gzip data")
                }
                gunzip?.reset()
                isBetweenMembers = false
            }
            guard !unused.isEmpty else { throw broken("ends in the middle of its gzip data") }
            let count = try unpackMember(into: output)
            if count > 0 { return count }
        }
    }

    private func unpackMember(into output: UnsafeMutableRawBufferPointer) throws(IngestError) -> Int {
        let step = packed.withUnsafeBytes {
            gunzip?.unpack(UnsafeRawBufferPointer(rebasing: $0[unused]), into: output)
        }
        guard let step else { preconditionFailure("not a gzip file") }
        unused.removeFirst(step.consumed)
        switch step.outcome {
        case .more: break
        case .ends: isBetweenMembers = true
        case .damaged(let reason): throw broken("damaged gzip data: \(reason)")
        }
        return step.produced
    }

    private func broken(_ reason: String) -> IngestError {
        .brokenArchive(path: path.text, offset: position - Int64(unused.count), reason: reason)
    }

    private func readRaw(into buffer: UnsafeMutableRawBufferPointer) throws(IngestError) -> Int {
        let wanted = UnsafeMutableRawBufferPointer(rebasing: buffer.prefix(Int(min(end - position, 1 << 30))))
        let count = try readOnce(at: position, into: wanted)
        guard count > 0 || wanted.isEmpty else {
            throw .unreadable(path: path.text, reason: "became shorter while it was read")
        }
        position += Int64(count)
        return count
    }

    /// Reads the `count` bytes at `offset` into `buffer`; `false` if the file has fewer.
    func read(at offset: Int64, into buffer: inout [UInt8], count: Int) throws(IngestError) -> Bool {
        try buffer.withMutableBytes { (bytes) throws(IngestError) in
            try read(at: offset, into: UnsafeMutableRawBufferPointer(rebasing: bytes[..<count]))
        }
    }

    /// Fills `buffer` with the bytes from `offset` on; `false` if the file has fewer. Changes nothing else.
    func read(at offset: Int64, into buffer: UnsafeMutableRawBufferPointer) throws(IngestError) -> Bool {
        guard offset >= 0, offset <= size, Int64(buffer.count) <= size - offset else { return false }
        var done = 0
        while done < buffer.count {
            let rest = UnsafeMutableRawBufferPointer(rebasing: buffer[done...])
            let more = try readOnce(at: offset + Int64(done), into: rest)
            if more == 0 { break }
            done += more
        }
        return done == buffer.count
    }

    private func readOnce(at offset: Int64, into buffer: UnsafeMutableRawBufferPointer) throws(IngestError)
        -> Int
    {
        do throws(SystemCall.Failure) {
            return try SystemCall.read.transfer(buffer.count) { count in
                pread(descriptor, buffer.baseAddress, count, off_t(offset))
            }
        } catch {
            throw .unreadable(path: path.text, reason: error.reason)
        }
    }
}

extension [UInt8] {
    /// `withUnsafeMutableBytes` with typed errors, which the standard library's version does not keep.
    mutating func withMutableBytes<R>(
        _ body: (UnsafeMutableRawBufferPointer) throws(IngestError) -> R
    ) throws(IngestError) -> R {
        try withUnsafeMutableBufferPointer { (bytes) throws(IngestError) in
            try body(UnsafeMutableRawBufferPointer(bytes))
        }
    }
}
