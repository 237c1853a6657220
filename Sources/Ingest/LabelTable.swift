// Labels beside images: a CSV file whose rows name an image and its class.

package import Dataset
internal import Storage

/// The columns of a table of labels. Without a name, a column is found by the names that are in use.
public struct LabelColumns: Sendable, Equatable {
    /// The columns of the names of images and of their classes.
    public var key, label: String?
    /// The columns of splits and of groups that stay together; `nil` where there are none, empty where what is called so
    /// is to be ignored.
    public var split, group: String?

    /// Columns that are to be found by their names.
    public init(key: String? = nil, label: String? = nil, split: String? = nil, group: String? = nil) {
        (self.key, self.label, self.split, self.group) = (key, label, split, group)
    }
}

/// A table of labels: CSV with commas, semicolons or tabs, plain or gzip; its first line names the columns.
package struct LabelTable: Sendable {
    package struct Row: Sendable {
        /// The name of the image as the table has it.
        package let key: Key
        /// `nil` if the table leaves it open, as for splits and groups.
        package let label: Key?
        package let split: Key?
        package let group: Key?
        /// From 1, as editors count.
        package let line: Int
    }

    package let rows: [Row]
    /// The columns that were found.
    package let columns: LabelColumns
    /// Of the file, unpacked.
    package let digest: Digest
    /// Rows by their names, as `EntryPath.ends` has them: by the whole, and by each end of it that lacks folders.
    let names, longerNames: [Int: [Int]]

    /// Folders of a name, each of which is one more end to know.
    private static let folderLimit = 64
    private static let keyNames = [
        "key", "filename", "file_name", "file", "image", "image_name", "image_id", "imageid", "id", "path",
        "filepath",
        "name",
    ]
    private static let labelNames = ["label", "class", "category", "target", "labels", "class_name"]

    /// Reads a table. Rows that repeat an earlier one are left out.
    ///
    /// - Throws: ``IngestError/labels(reason:)``, with the line, if it is not a table of labels, or contradicts itself
    package init(contentsOf path: String, columns wanted: LabelColumns) throws(IngestError) {
        let stream = try ByteStream(SystemPath(path))
        var bytes: [UInt8] = []
        while case let block = try stream.take(1 << 20), !block.isEmpty { bytes += block }
        digest = stream.finish()
        var lines = Lines(bytes, path: path)
        guard let names = try lines.next()?.map({ String(decoding: $0, as: UTF8.self) }) else {
            throw lines.problem("empty file")
        }
        let places = try ColumnPlaces(names, wanted, problem: lines.problem)
        columns = places.columns
        (rows, self.names, longerNames) = try Self.rows(&lines, places, columnCount: names.count)
    }

    /// The rows behind the first line, and where each name stands.
    private static func rows(
        _ lines: inout Lines, _ places: ColumnPlaces, columnCount: Int
    ) throws(IngestError) -> ([Row], names: [Int: [Int]], longer: [Int: [Int]]) {
        var (rows, known): ([Row], [Key: Int]) = ([], [:])
        var (names, longerNames): ([Int: [Int]], [Int: [Int]]) = ([:], [:])
        while let fields = try lines.next() {
            if fields.count == 1, fields[0].isEmpty { continue }
            guard fields.count == columnCount else {
                throw lines.problem("\(fields.count) values, but the first line names \(columnCount) columns")
            }
            func value(_ place: Int?) -> Key? {
                place.flatMap { fields[$0].isEmpty ? nil : Key(bytes: fields[$0]) }
            }
            guard let key = value(places.key), key.bytes.count <= EntryPath.lengthLimit else {
                throw lines.problem("column \(places.key + 1): the name of the image is missing or too long")
            }
            let values = [value(places.label), value(places.split), value(places.group)]
            guard values.allSatisfy({ ($0?.bytes.count ?? 0) <= EntryPath.lengthLimit }) else {
                throw lines.problem("a value of more than \(EntryPath.lengthLimit) bytes")
            }
            let path = EntryPath(key.bytes)
            guard path.components.count <= folderLimit else {
                throw lines.problem("a name in more than \(folderLimit) folders")
            }
            let row = Row(
                key: key, label: values[0], split: values[1], group: values[2],
                line: lines.line)
            // However many slashes and dots it has.
            if let other = known[path.key] {
                let first = rows[other]
                guard (first.label, first.split) == (row.label, row.split), first.group == row.group else {
                    throw lines.problem("\(key) is in line \(first.line) too, with other values")
                }
                continue
            }
            known[path.key] = rows.count
            var ends = path.ends[...]
            if let all = ends.popLast() { names[all, default: []].append(rows.count) }
            for end in ends { longerNames[end, default: []].append(rows.count) }
            rows.append(row)
        }
        return (rows, names, longerNames)
    }

    /// Rows of a text with the numbers of their lines.
    private struct Lines {
        private var reader: CSVReader
        private let path: String
        /// Of the row that was read last.
        private(set) var line = 0
        private var height = 1

        init(_ bytes: [UInt8], path: String) {
            (reader, self.path) = (CSVReader(spreadsheet: bytes), path)
        }

        func problem(_ reason: String) -> IngestError { .labels(reason: "\(path):\(line): \(reason)") }

        mutating func next() throws(IngestError) -> [ArraySlice<UInt8>]? {
            line += height
            do throws(CSVProblem) {
                guard let fields = try reader.next()?.map(\.trimmed) else { return nil }
                height = 1 + fields.reduce(0) { $0 + $1.count { $0 == PixelRow.lineFeed } }
                return fields
            } catch {
                throw problem("a quote that is not closed, or is followed by more than a separator")
            }
        }
    }

    // MARK: Columns

    private struct ColumnPlaces {
        let key, label: Int
        let split, group: Int?
        let columns: LabelColumns

        init(
            _ names: [String], _ wanted: LabelColumns, problem: (String) -> IngestError
        ) throws(IngestError) {
            let lowered = names.map { $0.lowercased() }
            func place(_ name: String?, _ option: String) throws(IngestError) -> Int? {
                guard let name, !name.isEmpty else { return nil }
                guard let place = names.firstIndex(of: name) else {
                    throw problem(
                        "no column “\(name.excerpt)” (\(option)); they are \(PixelTableLayout.list(names))")
                }
                return place
            }
            // What the user names has that meaning alone.
            let named = Set([wanted.key, wanted.label, wanted.split, wanted.group].compactMap { $0 })
            func guess(_ known: [String]) -> Int? {
                known.lazy.compactMap(lowered.firstIndex).first { !named.contains(names[$0]) }
            }
            var label = try place(wanted.label, "--label-column")
            let key =
                try place(wanted.key, "--key-column")
                ?? guess(LabelTable.keyNames)
            label = label ?? guess(LabelTable.labelNames)
            // Of two columns, the other one.
            if label == nil, names.count == 2, let key { label = 1 - key }
            guard let key, let label, key != label else {
                let (what, option) =
                    key == nil ? ("names of images", "--key-column") : ("classes", "--label-column")
                throw problem(
                    "no column for the \(what); they are \(PixelTableLayout.list(names)); choose with \(option)"
                )
            }
            (self.key, self.label) = (key, label)
            // One column has one meaning, and an empty name says that there is no such column.
            func other(_ name: String?, _ option: String, _ usual: String) throws(IngestError) -> Int? {
                if let place = try place(name, option) { return place }
                return name == nil ? guess([usual]).flatMap { $0 == key || $0 == label ? nil : $0 } : nil
            }
            split = try other(wanted.split, "--split-column", "split")
            group = try other(wanted.group, "--group-column", "group")
            func name(_ place: Int?, _ wanted: String?) -> String? {
                place.map { names[$0] } ?? (wanted == "" ? "" : nil)
            }
            columns = LabelColumns(
                key: names[key], label: names[label], split: name(split, wanted.split),
                group: name(group, wanted.group))
        }
    }
}
