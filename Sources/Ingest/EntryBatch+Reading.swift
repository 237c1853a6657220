// Reads one file of an archive or folder into a batch.

/// The outcome of one read into a buffer.
enum ReadResult {
    case bytes(Int)
    case end
    /// This file is damaged, with the reason; others may be fine.
    case damaged(String)
}

extension EntryBatch {
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
            if count - start >= 16, !looksLikeImage(from: start) { break }
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

    /// Whether the bytes begin as PNG or JPEG, whatever the name says.
    private func looksLikeImage(from start: Int) -> Bool {
        withBytes(start..<count) { bytes in
            bytes.starts(with: [0x89, 0x50, 0x4E, 0x47]) || bytes.starts(with: [0xFF, 0xD8, 0xFF])
        }
    }
}
