// Where the rows of an export come from: samples.csv, a line for each in the order of the export.

internal import Dataset
internal import Shards
internal import Storage

enum SampleList {
    static let fileName = "samples.csv"
    static let columns = ["split", "row", "class", "label", "id", "copy", "key", "sha256"]

    static func write(_ source: ExportSource, to folder: Folder) throws {
        var file = try AtomicFile(folder, fileName)
        var text: [UInt8] = []
        CSV.appendRow(columns, to: &text)
        let labels = source.dataset.classes.names.map(Key.cell)
        for split in source.splits {
            try source.forEachRow(of: split) { row in
                CSV.appendRow(
                    [
                        split.rawValue, String(row.number), String(row.label), labels[row.label],
                        String(row.id),
                        String(row.copy), Key.cell(row.origin.key.text), row.origin.source.hex,
                    ], to: &text)
                guard text.count > 1 << 20 else { return }
                try file.write(text)
                text.removeAll(keepingCapacity: true)
            }
        }
        try file.write(text)
        try file.commit()
    }
}
