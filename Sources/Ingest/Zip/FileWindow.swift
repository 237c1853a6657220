// Reads many short stretches of a file with few calls.

/// Reads stretches whose places ascend: several at once where they lie close together.
struct FileWindow {
    private let file: InputFile
    private let length: Int
    private var start: Int64 = 0
    private var bytes: [UInt8] = []

    /// - Parameter count: how many stretches there are. Where they are more than 6 KiB apart on average, what lies between
    ///   them is not read.
    init(_ file: InputFile, count: Int) {
        self.file = file
        length = file.size / Int64(max(count, 1)) <= 6 << 10 ? 64 << 10 : 0
    }

    /// Copies the bytes from `offset` on to the beginning of `buffer`; `false` if the file has fewer.
    mutating func read(
        at offset: Int64, into buffer: inout [UInt8], count: Int
    ) throws(IngestError) -> Bool {
        guard offset >= 0, Int64(count) <= file.size - offset else { return false }
        if offset < start || offset - start + Int64(count) > Int64(bytes.count) {
            let wanted = Int(min(Int64(max(length, count)), file.size - offset))
            if bytes.count != wanted { bytes = Array(repeating: 0, count: wanted) }
            guard try file.read(at: offset, into: &bytes, count: wanted) else { return false }
            start = offset
        }
        let first = Int(offset - start)
        buffer.replaceSubrange(0..<count, with: bytes[first..<first + count])
        return true
    }
}
