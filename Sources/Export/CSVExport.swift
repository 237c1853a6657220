// A table for each split as Kaggle has them: the class in the first column, then a column for each level.

internal import Dataset
internal import Storage

struct CSVExport: ExportWriter {
    /// No table has as many columns; and each takes as many bytes as hundreds of pixels in a shard.
    private static let columnLimit = 1 << 20

    func check(_ source: ExportSource) throws(ExportError) {
        guard source.shape.byteCount <= Self.columnLimit else {
            throw .unsuitable(
                format: .csv, reason: "\(source.shape.byteCount) columns are more than \(Self.columnLimit)",
                other: .folder)
        }
    }

    func write(_ source: ExportSource, to folder: Folder) throws {
        let columns = (0..<source.shape.byteCount).map { "pixel\($0)" }
        let labels = source.dataset.classes.names.map { name in
            var field: [UInt8] = []
            // A number is no formula, whatever its sign; “-infinity” is a name.
            let letters = UInt8(ascii: "a")...UInt8(ascii: "z")
            let isNumber = Double(name) != nil && name.utf8.allSatisfy { !letters.contains($0 | 0x20) }
            CSV.append(isNumber ? name : Key.cell(name), to: &field)
            return field
        }
        let levels = (0...255).map { Array(",\($0)".utf8) }
        for split in source.splits {
            var file = try AtomicFile(folder, "\(split.rawValue).csv")
            var text: [UInt8] = []
            CSV.appendRow(["label"] + columns, to: &text)
            try source.forEachBlock(of: split) { block in
                for row in 0..<block.samples.count {
                    text += labels[Int(block.samples.labels[row])]
                    for level in block.samples.image(row) { text += levels[Int(level)] }
                    text.append(UInt8(ascii: "\n"))
                }
                try file.write(text)
                text.removeAll(keepingCapacity: true)
            }
            try file.commit()
        }
    }
}
