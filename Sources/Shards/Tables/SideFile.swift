// The tables beside the shards, written in pieces so that millions of rows take little memory.

internal import Dataset
package import Storage

/// Writing and reading `provenance.csv.zst`, `rejected.csv` and `findings.csv.zst`.
package enum SideFile {
    /// At higher levels, the provenance takes much longer to compress and hardly gets smaller.
    static let level = 6

    /// Approximate size of a piece; each is compressed to its own zstd frame.
    static let pieceBytes = 4 << 20

    /// The column names of a table, and its rows, which are made one by one.
    package struct Table {
        let head: [String]
        let rows: Int
        /// Calls its argument with the fields of each row in turn.
        let forEachRow: ((_ row: [String]) throws -> Void) throws -> Void
    }

    /// Writes a table to `folder`, compressed if `name` ends in `.zst`.
    package static func write(
        _ table: Table, name: String, folder: Folder
    ) throws -> Manifest.SideFile {
        let compressor = ZstdCompressor(level: level)
        var file = try AtomicFile(folder, name)
        var piece: [UInt8] = []
        piece.reserveCapacity(pieceBytes + (pieceBytes >> 4))
        var (content, stored) = (CountedDigest(), CountedDigest())
        func flush() throws {
            content.update(piece)
            let bytes = name.hasSuffix(".zst") ? try compressor.compress(piece, file: name) : piece
            stored.update(bytes)
            try file.write(bytes)
            piece.removeAll(keepingCapacity: true)
        }
        CSV.appendRow(table.head, to: &piece)
        try table.forEachRow { (row) in
            CSV.appendRow(row, to: &piece)
            if piece.count >= pieceBytes { try flush() }
        }
        if !piece.isEmpty { try flush() }
        try file.commit()
        return Manifest.SideFile(
            name: name, bytes: stored.count, sha256: stored.finish(),
            contentBytes: content.count, contentSHA256: content.finish(), rows: table.rows)
    }

    /// The contents of a file of zstd frames. Each must state its size; together they may not exceed the manifest's.
    static func decompress(
        _ bytes: [UInt8], _ file: Manifest.SideFile, path: String
    ) throws -> [UInt8] {
        var content: [UInt8] = []
        content.reserveCapacity(min(file.contentBytes, 16 << 20))
        var (offset, frame) = (0, 0)
        let decompressor = ZstdDecompressor()
        while offset < bytes.count {
            guard let sizes = ZstdFrame.sizes(bytes[offset...]),
                sizes.content <= min(file.contentBytes - content.count, 2 * pieceBytes)
            else {
                throw ShardError.corruptFrame(
                    file: path, frame: frame, reason: "not a zstd frame of the expected size")
            }
            let (part, problem) = decompressor.content(
                of: bytes[offset..<offset + sizes.frame], size: sizes.content)
            if let problem { throw ShardError.corruptFrame(file: path, frame: frame, reason: problem) }
            content += part
            offset += sizes.frame
            frame += 1
        }
        return content
    }
}
