// Entries from a tar, 7z … with one folder per class, streamed; nothing is extracted to disk.

internal import Dataset

/// Images in any archive that libarchive reads, in the archive's order.
final class ImageArchive: EntrySource {
    private var reader: ArchiveReader
    private let entryLimit: Int
    private let fileSize: Int64
    private var isAtEnd = false
    private var entriesRead = 0
    private(set) var skipped = SkippedEntries()

    /// See `openImages` for the parameters.
    init(_ file: InputFile, entryLimit: Int, names: NameEncoding? = nil) throws(IngestError) {
        fileSize = file.size
        reader = try ArchiveReader(file, names: names)
        self.entryLimit = entryLimit
    }

    var fractionRead: Double {
        isAtEnd ? 1 : min(Double(reader.offset) / Double(max(fileSize, 1)), 1)
    }

    func fill(_ batch: inout EntryBatch) throws(IngestError) {
        batch.removeAll()
        while !batch.isFull, !isAtEnd {
            guard let entry = try reader.nextEntry() else {
                isAtEnd = true
                return
            }
            entriesRead += 1
            try batch.append(entry, number: entriesRead, limit: entryLimit, skipped: &skipped) {
                (buffer) throws(IngestError) in try reader.read(into: buffer)
            }
        }
    }
}
