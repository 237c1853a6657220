// A zip, tar, 7z … of one folder per class, streamed entry by entry; nothing is extracted to disk.

public import Dataset
internal import Foundation

/// Images in any archive that libarchive reads, in the order in which the archive holds them.
public final class ImageArchive: EntrySource {
    private let reader: ArchiveReader
    private let entryLimit: Int
    private let fileSize: Int64
    private var isAtEnd = false
    public private(set) var skipped = SkippedEntries()
    public var fileDigests: [Digest] { [] }

    /// - Parameter entryLimit: the most bytes of one entry.
    public init(path: String, entryLimit: Int) throws(IngestError) {
        guard case .file = try FileKind(at: path) else { throw .notAnArchive(path: path, reason: "a folder") }
        var info = stat()
        fileSize = stat(path, &info) == 0 ? Int64(info.st_size) : 0
        guard fileSize > 0 else { throw .notAnArchive(path: path, reason: "empty file") }
        reader = try ArchiveReader(path: path, contents: .entries)
        self.entryLimit = entryLimit
    }

    public var fractionRead: Double {
        isAtEnd ? 1 : min(Double(reader.offset) / Double(max(fileSize, 1)), 1)
    }

    public func fill(_ batch: inout EntryBatch) throws(IngestError) {
        batch.removeAll()
        while !batch.isFull, !isAtEnd {
            guard let entry = try reader.nextEntry() else {
                isAtEnd = true
                return
            }
            let header = ArchiveEntryHeader(entry)
            if header.isFolder { continue }
            let path = EntryPath(header.path)
            if path.isHidden {
                skipped.hidden += 1
            } else if !header.isRegularFile {
                skipped.links += 1
            } else {
                let isImage = try batch.appendFile(
                    path, expectedSize: Int(header.size ?? 0), limit: entryLimit
                ) { (buffer) throws(IngestError) in try reader.read(into: buffer) }
                if !isImage { skipped.otherFiles += 1 }
            }
        }
    }
}
