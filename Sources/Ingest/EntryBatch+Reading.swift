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
    /// - Parameter expectedSize: believed up to a megabyte, and only to spare reallocations.
    /// - Returns: `false` if the file is no image and does not claim to be one; nothing is appended.
    mutating func appendFile(
        _ path: EntryPath, expectedSize: Int, limit: Int,
        read: (UnsafeMutableRawBufferPointer) throws(IngestError) -> ReadResult
    ) throws(IngestError) -> Bool {
        let start = bytes.count
        var step = min(max(expectedSize, 4095) + 1, 1 << 20)
        var problem: String?
        reading: while problem == nil {
            switch try readStep(step, read) {
            case .end: break reading
            case .bytes: break
            case .damaged(let reason): problem = reason
            }
            // What does not begin as an image is not worth reading to its end.
            if bytes.count - start >= 16, !looksLikeImage(bytes[start...]) { break }
            if bytes.count - start > limit { problem = "larger than the limit of \(limit) bytes" }
            step = 64 << 10
        }
        if let problem {
            bytes.removeSubrange(start...)
            append(path, .unusable(reason: problem), from: start)
        } else if looksLikeImage(bytes[start...]) || path.claimsToBeImage {
            append(path, .encoded, from: start)
        } else {
            bytes.removeSubrange(start...)
            return false
        }
        return true
    }

    private mutating func readStep(
        _ count: Int, _ read: (UnsafeMutableRawBufferPointer) throws(IngestError) -> ReadResult
    ) throws(IngestError) -> ReadResult {
        let start = bytes.count
        bytes.append(contentsOf: repeatElement(0, count: count))
        let result = try bytes.withUnsafeMutableBufferPointer { (all) throws(IngestError) in
            try read(UnsafeMutableRawBufferPointer(UnsafeMutableBufferPointer(rebasing: all[start...])))
        }
        var kept = start
        if case .bytes(let count) = result { kept += count }
        bytes.removeSubrange(kept...)
        return result
    }
}
