// Entries from a zip, read in any order and by any number of threads at once.

internal import Dataset
internal import Parallel
internal import Synchronization

/// The members of a zip whose data are stored or deflated, which is how all usual programs pack.
///
/// libarchive reads an archive from front to back, so that only one thread could; here, each takes the next members
/// and reads them for itself.
final class ZipArchive: DivisibleSource {
    // Only reading at a place, which changes nothing, is used.
    private nonisolated(unsafe) let file: InputFile
    private let directory: ZipDirectory
    private let names: NameEncoding?
    private let entryLimit: Int
    private let cursor: EntryCursor
    /// Bytes unpacked so far.
    private let unpacked = Atomic<Int>(0)
    private let unpackLimit: Int
    private let found = Lock(SkippedEntries())

    /// `nil` if `file` is no zip, or has members that only libarchive can read.
    init?(_ file: InputFile, entryLimit: Int, names: NameEncoding?, piece: SourcePiece = .whole)
        throws(IngestError)
    {
        guard !file.isGzip, let directory = try ZipDirectory(file),
            !directory.members.isEmpty, directory.members.allSatisfy({ $0.content.method != .other })
        else { return nil }
        self.file = file
        self.directory = directory
        cursor = EntryCursor(piece.range(of: directory.members.count))
        self.entryLimit = entryLimit
        self.names = names
        unpackLimit = Int(clamping: UnpackLimit.bytes(ofFileSize: file.size))
    }

    var fractionRead: Double { cursor.fraction }
    var skipped: SkippedEntries { found.withLock { $0 } }
    var listing: Digest { directory.digest }

    func fill(_ batch: inout EntryBatch) throws(IngestError) {
        batch.removeAll()
        let decoder = NameDecoder(names, isCP437: !directory.isUTF8)
        var unpacker = try ZipUnpacker(path: file.path.text)
        var skipped = SkippedEntries()
        while !batch.isFull {
            let range = cursor.take()
            if range.isEmpty { break }
            for index in range {
                let member = directory.members[index]
                let entry = ArchiveEntry(
                    name: decoder.decode(directory.name(of: member), isUnicode: member.isUnicode),
                    kind: member.content.kind, size: Int64(clamping: member.content.size),
                    problem: member.problem?.reason)
                if member.problem == nil { unpacker.begin(member) }
                try batch.append(entry, number: index + 1, limit: entryLimit, skipped: &skipped) {
                    (buffer) throws(IngestError) in try read(&unpacker, into: buffer)
                }
            }
        }
        let more = skipped
        found.withLock { $0.add(more) }
    }

    private func read(
        _ unpacker: inout ZipUnpacker, into buffer: UnsafeMutableRawBufferPointer
    ) throws(IngestError) -> ReadResult {
        let result = try unpacker.read(from: file, into: buffer)
        guard case .bytes(let count) = result else { return result }
        guard unpacked.wrappingAdd(count, ordering: .relaxed).newValue <= unpackLimit else {
            throw .unpacksTooFar(path: file.path.text, limit: Int64(unpackLimit))
        }
        return result
    }
}
