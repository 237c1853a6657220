// Entries from a zip, tar, 7z … with one folder per class, streamed; nothing is extracted to disk.

internal import Dataset

/// Images in any archive that libarchive reads, in the archive's order.
final class ImageArchive: EntrySource {
    private var reader: ArchiveReader
    private let entryLimit: Int
    private let fileSize: Int64
    private var isAtEnd = false
    private var entriesRead = 0
    private(set) var skipped = SkippedEntries()
    var fileDigests: [Digest] { [] }

    /// See `openImages` for the parameters.
    init(path: String, entryLimit: Int, names: NameEncoding? = nil) throws(IngestError) {
        guard case .file = try FileKind(at: SystemPath(path)) else {
            throw .notAnArchive(path: path, reason: "a folder")
        }
        let file = try InputFile(SystemPath(path))
        fileSize = file.size
        guard fileSize > 0 else { throw .notAnArchive(path: path, reason: "empty file") }
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
            try append(entry, to: &batch)
        }
    }

    private func append(_ entry: ArchiveEntry, to batch: inout EntryBatch) throws(IngestError) {
        if entry.kind == .folder, entry.problem == nil { return }
        guard let name = entry.name else { return reject("its name cannot be read", in: &batch) }
        guard name.count <= EntryPath.lengthLimit else {
            let reason = "its name has \(name.count) bytes, more than the limit of \(EntryPath.lengthLimit)"
            return reject(reason, in: &batch)
        }
        let path = EntryPath(name)
        if path.isHidden {
            skipped.hidden += 1
        } else if path.climbs, path.claimsToBeImage {
            batch.append(path, .unusable(reason: "its path has “..” in it"), from: batch.count)
        } else if path.climbs {
            skipped.otherFiles += 1
        } else if let problem = entry.problem {
            batch.append(path, .unusable(reason: problem), from: batch.count)
        } else if entry.kind != .file {
            skipped.links += 1
        } else {
            let isImage = try batch.appendFile(path, expectedSize: entry.size, limit: entryLimit) {
                (buffer) throws(IngestError) in try reader.read(into: buffer)
            }
            if !isImage { skipped.otherFiles += 1 }
        }
    }

    /// Rejects the current entry, which has no usable name.
    private func reject(_ reason: String, in batch: inout EntryBatch) {
        batch.append(
            key: Key(utf8: "entry \(entriesRead)"), label: nil, .unusable(reason: reason), from: batch.count,
            isOfficialTest: false)
    }
}
