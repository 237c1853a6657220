// NumPy arrays with the names that Keras gives them, in one file.
// Format: numpy.lib.format, version 1.0.

internal import Dataset
internal import Storage

struct NPZExport: ExportWriter {
    func write(_ source: ExportSource, to folder: Folder) throws {
        // Not compressed: numpy.load is then as fast as the disk, and no version of zlib changes the bytes.
        var archive = try ArchiveWriter(folder, Self.fileName(source), .storedZip)
        let (classes, shape) = (source.dataset.classes, source.shape)
        for split in source.splits {
            let rows = source.rows(split)
            let part = split == .validation ? "val" : split.rawValue
            let head = Self.header("|u1", shape.tensor(of: rows))
            try archive.begin("x_\(part).npy", size: head.count + rows * shape.byteCount)
            try archive.append(head)
            var labels: [UInt16] = []
            try source.forEachBlock(of: split) { block in
                try archive.append(block.samples.images)
                labels += block.samples.labels
            }
            let isWide = classes.count > 256
            let bytes = isWide ? labels.littleEndianBytes : labels.map { UInt8($0) }
            try archive.add("y_\(part).npy", Self.header(isWide ? "<u2" : "|u1", [rows]) + bytes)
        }
        try archive.add("classes.npy", Self.array(ofTexts: classes.names))
        try archive.finish()
    }

    static func fileName(_ source: ExportSource) -> String { "\(source.dataset.manifest.name).npz" }

    private static func header(_ type: String, _ shape: [Int]) -> [UInt8] {
        // A tuple of one element ends in a comma.
        let sizes = shape.map(String.init).joined(separator: ", ") + (shape.count == 1 ? "," : "")
        var text = "{'descr': '\(type)', 'fortran_order': False, 'shape': (\(sizes)), }"
        // Magic bytes, version and length are ten bytes; the data begin at a multiple of 64.
        while (text.utf8.count + 11) % 64 != 0 { text += " " }
        text += "\n"
        return [0x93] + Array("NUMPY".utf8) + [1, 0] + [UInt16(text.utf8.count)].littleEndianBytes
            + Array(text.utf8)
    }

    /// Texts as NumPy stores them: UTF-32, padded with zeros to the length of the longest.
    private static func array(ofTexts texts: [String]) -> [UInt8] {
        let width = max(texts.map(\.unicodeScalars.count).max() ?? 0, 1)
        let cells: [UInt32] = texts.flatMap { text in
            let scalars = text.unicodeScalars.map(\.value)
            return scalars + Array(repeating: 0, count: width - scalars.count)
        }
        return header("<U\(width)", [texts.count]) + cells.littleEndianBytes
    }
}
