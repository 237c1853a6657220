// Reads one file of an archive or folder into a batch.

internal import Dataset

/// The outcome of one read into a buffer.
enum ReadResult {
    case bytes(Int)
    case end
    /// This file is damaged, with the reason; others may be fine.
    case damaged(String)
}

extension EntryBatch {
    /// Appends an entry of an archive if it is an image, or looks like one and cannot be used; otherwise counts it.
    ///
    /// - Parameters:
    ///   - number: its position in the archive, from 1, for one without a usable name
    ///   - read: gives the next bytes of its data
    mutating func append(
        _ entry: ArchiveEntry, number: Int, limit: Int, skipped: inout SkippedEntries,
        read: (UnsafeMutableRawBufferPointer) throws(IngestError) -> ReadResult
    ) throws(IngestError) {
        if entry.kind == .folder, entry.problem == nil { return }
        guard let name = entry.name else { return reject(number, "its name cannot be read") }
        guard name.count <= EntryPath.lengthLimit else {
            return reject(
                number, "its name has \(name.count) bytes, more than the limit of \(EntryPath.lengthLimit)")
        }
        let path = EntryPath(name)
        if path.isHidden {
            skipped.hidden += 1
        } else if path.climbs, path.claimsToBeImage {
            append(path, .unusable(reason: "its path has “..” in it"), from: count)
        } else if path.climbs {
            skipped.otherFiles += 1
        } else if let problem = entry.problem {
            append(path, .unusable(reason: problem), from: count)
        } else if entry.kind != .file {
            skipped.links += 1
        } else if try !appendFile(path, expectedSize: entry.size, limit: limit, read: read) {
            skipped.otherFiles += 1
        }
    }

    /// Rejects an entry that has no usable name.
    private mutating func reject(_ number: Int, _ reason: String) {
        append(
            key: Key(utf8: "entry \(number)"), label: nil, .unusable(reason: reason), from: count)
    }

    /// Reads one file to its end and appends it as an encoded image, or as unusable if it is damaged or
    /// larger than `limit` bytes.
    ///
    /// - Parameter expectedSize: bytes as the source states them; a hint for the size of the first read, up to 1 MB
    /// - Returns: `false`, with nothing appended, if neither the bytes nor the name are those of an image.
    mutating func appendFile(
        _ path: EntryPath, expectedSize: Int64, limit: Int,
        read: (UnsafeMutableRawBufferPointer) throws(IngestError) -> ReadResult
    ) throws(IngestError) -> Bool {
        let start = count
        // One byte more, so that reading a file of the expected size already meets its end.
        var step = Int(min(max(expectedSize, 4095), 1 << 20 - 1)) + 1
        var problem: String?
        var isAtEnd = false
        while problem == nil, !isAtEnd {
            try append(upTo: step) { (buffer) throws(IngestError) in
                switch try read(buffer) {
                case .bytes(let count): return count
                case .end: isAtEnd = true
                case .damaged(let reason): problem = reason
                }
                return 0
            }
            // Other files need not be read to their end.
            if count - start >= ImageFormat.magicLength, !looksLikeImage(from: start) { break }
            if count - start > limit { problem = "larger than the limit of \(limit) bytes" }
            step = 64 << 10
        }
        if let problem {
            truncate(to: start)
            append(path, .unusable(reason: problem), from: start)
        } else if looksLikeImage(from: start) || path.claimsToBeImage {
            append(path, .encoded, from: start)
        } else {
            truncate(to: start)
            return false
        }
        return true
    }

    /// Whether the bytes begin as those of an image, whatever the name says.
    private func looksLikeImage(from start: Int) -> Bool {
        withBytes(start..<count) { ImageFormat(magic: $0) != nil }
    }
}
