// Reads one IDX file, plain or gzip, from front to back and checks every length.

internal import Dataset

/// Reads the header of an IDX file and then its items, in order.
///
/// Format: two zero bytes, a type code (8: unsigned byte), the number of dimensions, then each
/// dimension as big-endian UInt32, then the data, row-major
/// (yann.lecun.com/exdb/mnist, "the IDX file format").
final class IDXStream {
    private let file: InputFile
    private var buffer: [UInt8] = Array(repeating: 0, count: 256 << 10)
    private var available = 0..<0
    private var digest = DigestBuilder()
    /// Uncompressed bytes handed out.
    private(set) var offset = 0
    /// Items handed out.
    private var items = 0
    /// The number of items, then the dimensions of one item.
    private(set) var dimensions: [Int] = []

    let path: String
    var itemCount: Int { dimensions[0] }

    /// Opens `path` and checks that it holds unsigned bytes in `rank` dimensions.
    init(path: SystemPath, rank: Int) throws(IngestError) {
        self.path = path.text
        file = try InputFile(path)
        guard file.size > 0 else { throw .malformedIDX(path: self.path, offset: 0, reason: "empty file") }
        try readHeader(rank: rank)
    }

    private func readHeader(rank: Int) throws(IngestError) {
        let magic = try take(4, "the magic number")
        guard magic[0] == 0, magic[1] == 0 else {
            let shown = magic.map { (32..<127).contains($0) ? String(UnicodeScalar($0)) : "." }.joined()
            let hint = shown.hasPrefix("<") ? " (a web page saved under this name?)" : ""
            throw .malformedIDX(
                path: path, offset: 0, reason: "not an IDX file: begins with “\(shown)”\(hint)")
        }
        guard magic[2] == 8 else {
            throw .malformedIDX(
                path: path, offset: 2,
                reason: "type code \(magic[2]); images and labels are unsigned bytes, code 8")
        }
        guard magic[3] == rank else {
            throw .malformedIDX(
                path: path, offset: 3,
                reason: "\(magic[3]) dimensions, but \(rank == 1 ? "labels have 1" : "gray images have 3")")
        }
        for index in 0..<rank {
            let bytes = try take(4, "dimension \(index + 1)")
            dimensions.append(bytes.reduce(0) { $0 << 8 | Int($1) })
        }
        let size = dimensions.dropFirst().reduce(1) { $0.multipliedReportingOverflow(by: $1).partialValue }
        guard dimensions.dropFirst().allSatisfy({ (1...PixelLimit.side).contains($0) }),
            size <= PixelLimit.area
        else {
            throw .malformedIDX(
                path: path, offset: 8,
                reason: "images of \(dimensions.dropFirst().map(String.init).joined(separator: "x")) pixels"
                    + " are empty, or beyond the limits: \(PixelLimit.side) a side, \(PixelLimit.area) in all"
            )
        }
        guard rank == 1 || itemCount <= max(PixelLimit.images, Int(file.size)) else {
            throw .malformedIDX(
                path: path, offset: 4,
                reason: "\(itemCount) images in a file of \(file.size) bytes; "
                    + "above \(PixelLimit.images), the limit is one per byte")
        }
    }

    /// Copies the bytes of the next item to `output`, which has its size.
    func readNext(into output: UnsafeMutableRawBufferPointer) throws(IngestError) {
        var done = 0
        while done < output.count {
            if available.isEmpty, try !refill() {
                throw .malformedIDX(
                    path: path, offset: offset,
                    reason: "ends inside item \(items + 1) of \(itemCount)")
            }
            let count = min(output.count - done, available.count)
            buffer.withUnsafeBytes { bytes in
                let part = UnsafeRawBufferPointer(rebasing: bytes[available.prefix(count)])
                UnsafeMutableRawBufferPointer(rebasing: output[done...]).copyMemory(from: part)
            }
            available.removeFirst(count)
            offset += count
            done += count
        }
        items += 1
    }

    /// Checks that nothing follows the last item, and returns the digest of the whole file.
    func finish() throws(IngestError) -> Digest {
        var hasMore = !available.isEmpty
        if !hasMore { hasMore = try refill() }
        if hasMore {
            throw .malformedIDX(
                path: path, offset: offset,
                reason: "more data than the \(itemCount) items that its header promises")
        }
        return digest.finish()
    }

    private func take(_ count: Int, _ what: String) throws(IngestError) -> [UInt8] {
        var bytes: [UInt8] = []
        while bytes.count < count {
            if available.isEmpty, try !refill() {
                throw .malformedIDX(path: path, offset: offset, reason: "ends before \(what)")
            }
            bytes.append(buffer[available.removeFirst()])
            offset += 1
        }
        return bytes
    }

    private func refill() throws(IngestError) -> Bool {
        let count = try buffer.withMutableBytes { (bytes) throws(IngestError) in
            try file.read(into: bytes)
        }
        available = 0..<count
        buffer.withUnsafeBytes { digest.update(UnsafeRawBufferPointer(rebasing: $0[..<count])) }
        return count > 0
    }
}
