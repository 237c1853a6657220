// The text files beside the shards: written in pieces, so that millions of rows cost no memory.

internal import Dataset

/// Writing and reading `provenance.csv.zst` and `rejected.csv`.
public enum SideFile {
    /// Past 6, provenance takes much longer to compress and hardly shrinks.
    static let level = 6

    /// Pieces are compressed at about this size, each to a zstd frame of its own.
    static let pieceBytes = 4 << 20

    /// Rows of text, and how to write them one by one.
    public struct Table {
        let head: [String]
        let rows: Int
        /// Calls its argument with each row in turn, as the UTF-8 of its fields.
        let forEachRow: ((_ row: [String]) throws(ShardError) -> Void) throws(ShardError) -> Void
    }

    /// Writes a table to `folder`, compressed if `name` ends in `.zst`.
    public static func write(
        _ table: Table, name: String, folder: String
    ) throws(ShardError) -> Manifest.SideFile {
        let compressor = ZstdCompressor(level: level)
        var (pieces, piece): ([[UInt8]], [UInt8]) = ([], [])
        piece.reserveCapacity(pieceBytes + (pieceBytes >> 4))
        var (digest, contentBytes) = (DigestBuilder(), 0)
        func flush() throws(ShardError) {
            piece.withUnsafeBytes { digest.update($0) }
            contentBytes += piece.count
            pieces.append(name.hasSuffix(".zst") ? try compressor.compress(piece, file: name) : piece)
            piece.removeAll(keepingCapacity: true)
        }
        CSV.appendRow(table.head, to: &piece)
        try table.forEachRow { (row) throws(ShardError) in
            CSV.appendRow(row, to: &piece)
            if piece.count >= pieceBytes { try flush() }
        }
        if !piece.isEmpty { try flush() }
        try FileSystem.write(pieces, to: "\(folder)/\(name)")
        var stored = DigestBuilder()
        for piece in pieces { piece.withUnsafeBytes { stored.update($0) } }
        return Manifest.SideFile(
            name: name, bytes: pieces.reduce(0) { $0 + $1.count }, sha256: stored.finish(),
            contentBytes: contentBytes, contentSHA256: digest.finish(), rows: table.rows)
    }

    /// The contents of a file of zstd frames that state their sizes, which add up to what the manifest says.
    static func decompress(
        _ bytes: [UInt8], _ file: Manifest.SideFile, path: String
    ) throws(ShardError) -> [UInt8] {
        var content: [UInt8] = []
        content.reserveCapacity(min(file.contentBytes, 16 << 20))
        var (offset, frame) = (0, 0)
        let decompressor = ZstdDecompressor()
        while offset < bytes.count {
            guard let sizes = ZstdFrame.sizes(bytes[offset...]),
                sizes.content <= min(file.contentBytes - content.count, 2 * pieceBytes)
            else {
                throw .corruptFrame(
                    file: path, frame: frame, reason: "no zstd frame of the size that it should have")
            }
            let packed = bytes[offset..<offset + sizes.frame]
            var problem: String?
            content += [UInt8](unsafeUninitializedCapacity: sizes.content) { output, count in
                problem = packed.withUnsafeBytes {
                    decompressor.decompress(
                        $0,
                        into: UnsafeMutableRawBufferPointer(
                            UnsafeMutableBufferPointer(rebasing: output[..<sizes.content])))
                }
                count = problem == nil ? sizes.content : 0
            }
            if let problem { throw .corruptFrame(file: path, frame: frame, reason: problem) }
            offset += sizes.frame
            frame += 1
        }
        return content
    }
}
