// Entries from a table of pixels: a CSV file with one image per row, as Kaggle's digit-recognizer is.

package import Dataset
internal import Storage

/// A CSV file, plain or gzip, whose rows are a label and the levels of a gray image, row-major, 0...255.
///
/// Entries have the keys `train/00042`, or `test/00007` if the name of the file has the word “test” in it, or “t10k”. They have no
/// labels if the table has none. `fileDigests` holds the digest of the file, unpacked.
package final class PixelTable: EntrySource {
    private let lines: LineReader
    private let part: PixelPart
    private let transposes: Bool
    private let separator: UInt8
    private let layout: PixelTableLayout
    private let rowCount: Int
    private var rows = 0
    private var path: String { lines.stream.name }
    package private(set) var fileDigests: [Digest] = []
    package var remarks: [String] { transposes ? [PixelOptions.remark(path)] : [] }

    /// Reads the first row.
    ///
    /// - Parameter needsLabels: whether a table without labels is an error
    package init(path: String, options: PixelOptions, needsLabels: Bool) throws(IngestError) {
        let name = FileSystem.split(path).name
        part = PixelPart(fileNamed: name)
        transposes = options.transposes(fileNamed: name.utf8)
        (separator, layout) = try Self.head(path, options, needsLabels)
        if needsLabels, !layout.hasLabels {
            throw .unlabelledTable(
                path: path, columns: layout.names.map(PixelTableLayout.list) ?? "\(layout.columns) levels")
        }
        lines = try LineReader(ByteStream(SystemPath(path)))
        let size = lines.stream.file.size
        // A value that is needed and what follows it take two bytes, but for the end of the last line.
        let mayHaveMany = lines.stream.file.isGzip || (size + 1) / Int64(layout.leastBytes) > 100_000
        // The row of names is no image: 100,000 images have indices of five digits.
        rowCount = mayHaveMany ? try Self.rowCount(path) - (layout.names == nil ? 0 : 1) : 1
        guard rowCount <= max(PixelLimit.images, Int(size)) else {
            throw .malformedTable(
                path: path, line: rowCount, column: nil,
                reason:
                    "\(rowCount) rows in a file of \(size) bytes; above \(PixelLimit.images), the limit is one per byte"
            )
        }
        if layout.names != nil { _ = try lines.next { _ in } }
    }

    private static func head(
        _ path: String, _ options: PixelOptions, _ needsLabels: Bool
    ) throws(IngestError) -> (UInt8, PixelTableLayout) {
        let first = try LineReader(ByteStream(SystemPath(path))).next { line in
            let separator = CSVReader.separator(in: line)
            return (separator, PixelRow(line, separator: separator ?? UInt8(ascii: ",")).fields)
        }
        guard case .success((let separator, let fields))? = first, let separator else {
            throw .malformedTable(
                path: path, line: 1, column: nil,
                reason: "not a table of pixels: the first line has no commas, semicolons or tabs")
        }
        return (separator, try PixelTableLayout(fields, options, needsLabels: needsLabels, path: path))
    }

    private static func rowCount(_ path: String) throws(IngestError) -> Int {
        let lines = try LineReader(ByteStream(SystemPath(path)))
        var count = 0
        while case .success(let isBlank)? = try lines.next({ PixelRow($0, separator: 0).isBlank }) {
            count += isBlank ? 0 : 1
        }
        return count
    }

    package var fractionRead: Double {
        guard fileDigests.isEmpty else { return 1 }
        return Double(lines.stream.file.position) / Double(max(lines.stream.file.size, 1))
    }

    package func fill(_ batch: inout EntryBatch) throws(IngestError) {
        batch.removeAll()
        let shape = ImageShape(size: layout.size, channels: 1)
        while !batch.isFull, fileDigests.isEmpty {
            let start = batch.count
            var label: [UInt8]?
            var isAtEnd = false
            try batch.append(upTo: layout.size.area) { (output) throws(IngestError) in
                let result = try lines.next { (line) throws(PixelRow.Problem) -> [UInt8]? in
                    let row = PixelRow(line, separator: separator)
                    return row.isBlank ? nil : try row.read(layout, into: output.bindMemory(to: UInt8.self))
                }
                switch result {
                case nil: isAtEnd = true
                case .success(let found): label = found
                case .failure(let problem):
                    throw .malformedTable(
                        path: path, line: lines.line, column: problem.column.map(layout.title),
                        reason: problem.reason)
                }
                return label == nil ? 0 : layout.size.area
            }
            if isAtEnd {
                fileDigests = [lines.stream.finish()]
            } else if let label {
                let delivered = transposes ? batch.transpose(from: start, shape) : shape
                batch.append(
                    key: part.key(rows, of: rowCount), label: label.isEmpty ? nil : Key(bytes: label),
                    .pixels(delivered, file: 0), from: start, split: part.split)
                rows += 1
            }
        }
    }
}
