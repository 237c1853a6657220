// The unpacked bytes of a file, or of a member of a zip, from front to back, and their digest.

internal import Dataset

/// Reads a file or member once. Every byte that it hands out is in the digest.
final class ByteStream {
    /// For messages: the path, and the name of a member.
    let name: String
    let file: InputFile
    /// `nil` for a whole file.
    private var unpacker: ZipUnpacker?
    private var digest = DigestBuilder()
    private(set) var offset: Int64 = 0

    /// A file, unpacked if it is gzip.
    init(_ path: SystemPath) throws(IngestError) {
        name = path.text
        file = try InputFile(path)
    }

    /// A member of a zip, which has no problem.
    init(_ member: ZipDirectory.Member, named memberName: String, in file: InputFile) throws(IngestError) {
        name = "\(file.path.text): \(memberName)"
        self.file = file
        unpacker = try ZipUnpacker(path: file.path.text)
        unpacker?.begin(member)
    }

    /// The next bytes; 0 at the end.
    func read(into buffer: UnsafeMutableRawBufferPointer) throws(IngestError) -> Int {
        guard !buffer.isEmpty else { return 0 }
        let count = try readRaw(into: buffer)
        offset += Int64(count)
        digest.update(UnsafeRawBufferPointer(rebasing: buffer[..<count]))
        return count
    }

    private func readRaw(into buffer: UnsafeMutableRawBufferPointer) throws(IngestError) -> Int {
        guard let result = try unpacker?.read(from: file, into: buffer) else {
            return try file.read(into: buffer)
        }
        switch result {
        case .bytes(let count):
            let limit = UnpackLimit.bytes(ofFileSize: file.size)
            guard offset + Int64(count) <= limit else {
                throw .unpacksTooFar(path: file.path.text, limit: limit)
            }
            return count
        case .end: return 0
        case .damaged(let reason):
            throw .malformedArray(path: name, reason: reason)
        }
    }

    /// Fills `buffer`; returns how many bytes there were.
    func fill(_ buffer: UnsafeMutableRawBufferPointer) throws(IngestError) -> Int {
        var done = 0
        while done < buffer.count {
            let count = try read(into: UnsafeMutableRawBufferPointer(rebasing: buffer[done...]))
            if count == 0 { break }
            done += count
        }
        return done
    }

    /// The next `count` bytes; fewer at the end.
    func take(_ count: Int) throws(IngestError) -> [UInt8] {
        var bytes = [UInt8](repeating: 0, count: count)
        let found = try bytes.withMutableBytes { (buffer) throws(IngestError) in try fill(buffer) }
        bytes.removeLast(count - found)
        return bytes
    }

    /// The digest of all bytes, once they have been read.
    func finish() -> Digest { digest.finish() }
}
