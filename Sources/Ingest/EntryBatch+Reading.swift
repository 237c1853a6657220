// How one file of an archive or folder gets into a batch, whatever delivers its bytes.

/// What reading some bytes into a buffer came to.
enum ReadResult {
    case bytes(Int)
    case end
    /// This file is damaged; others may be fine.
    case damaged(String)
}

extension EntryBatch {
    /// Reads one file to its end and appends it as an entry: as encoded image, or as unusable when
    /// it is damaged or larger than `limit`.
    ///
    /// - Parameter expectedSize: as the source states it; believed up to a megabyte, and only to spare growing
    /// - Returns: `false` if the file is no image and does not claim to be one; nothing is appended.
    mutating func appendFile(
        _ path: EntryPath, expectedSize: Int64, limit: Int,
        read: (UnsafeMutableRawBufferPointer) throws(IngestError) -> ReadResult
    ) throws(IngestError) -> Bool {
        let start = count
        // One byte more, to see the end without another round.
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
            // What does not begin as an image is not worth reading to its end.
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

    /// PNG's or JPEG's first bytes; what has them is an image whatever its name.
    private func looksLikeImage(from start: Int) -> Bool {
        withBytes(start..<count) { bytes in
            bytes.starts(with: [0x89, 0x50, 0x4E, 0x47]) || bytes.starts(with: [0xFF, 0xD8, 0xFF])
        }
    }
}
