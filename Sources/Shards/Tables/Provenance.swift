// Where each sample came from and where it is stored: provenance.csv, one row per sample.

public import Dataset
internal import Storage

/// One sample's row. Its position in the table is its id.
public struct ProvenanceRow: Sendable, Equatable {
    /// Path in the source: archive member, file below the folder, or part and index of an IDX file.
    public var key: Key
    /// Class name, in the notation of `ClassNames`.
    public var label: String
    /// The split that it is in.
    public var split: Split
    /// Number of its shard within the split.
    public var shard: Int
    /// Row of the original in the shard.
    public var slot: Int
    /// SHA-256 of the member, or of the whole IDX images file.
    public var source: Digest
    /// Size before preparation.
    public var sourceSize: ImageSize
    /// Number of its group of pixel-identical samples; `nil` for unique samples.
    public var group: Int?
    /// Number of the set of samples that the split keeps together; `nil` for a sample of its own.
    public var unit: Int?
    /// The fold in which cross-validation holds it out, from 0; `nil` in datasets without folds, and in test.
    public var fold: Int?
    /// What was done to this image but not to all, such as `first-frame+oriented`; usually empty.
    public var operations: String

    package init(
        key: Key, label: String, split: Split, shard: Int, slot: Int, source: Digest,
        sourceSize: ImageSize, group: Int?, unit: Int? = nil, fold: Int? = nil, operations: String
    ) {
        self.key = key
        self.label = label
        self.split = split
        self.shard = shard
        self.slot = slot
        self.source = source
        self.sourceSize = sourceSize
        self.group = group
        self.unit = unit
        self.fold = fold
        self.operations = operations
    }
}

/// The provenance of a dataset as a CSV text.
package enum Provenance {
    package static let fileName = "provenance.csv.zst"
    static let columns = [
        "id", "key", "label", "split", "shard", "slot", "sha256", "width", "height", "group", "unit",
        "fold", "operations",
    ]

    /// The table of `count` rows.
    ///
    /// - Parameter forEachRow: calls its argument with the rows in the order of ids
    package static func encode(
        count: Int, _ forEachRow: @escaping ((_ row: ProvenanceRow) throws -> Void) throws -> Void
    ) -> SideFile.Table {
        SideFile.Table(head: columns, rows: count) { (write) in
            var id = 0
            try forEachRow { row in
                try write([
                    String(id), Key.cell(row.key.text), Key.cell(row.label), row.split.rawValue,
                    String(row.shard),
                    String(row.slot),
                    row.source.hex, String(row.sourceSize.width), String(row.sourceSize.height),
                    row.group.map(String.init) ?? "", row.unit.map(String.init) ?? "",
                    row.fold.map(String.init) ?? "", row.operations,
                ])
                id += 1
            }
        }
    }

    /// Parses what `encode` writes, and checks it against the manifest: one row per sample in key order, each with a
    /// known label and an existing shard and slot.
    static func decode(
        _ text: [UInt8], of manifest: Manifest, file: String
    ) throws -> [ProvenanceRow] {
        var rows: [ProvenanceRow] = []
        rows.reserveCapacity(manifest.samples)
        try TableLines.forEach(of: text, columns: columns, file: file) { (line, fields) in
            guard let row = ProvenanceRow(fields, id: rows.count, manifest) else {
                throw ShardError.malformedTable(
                    file: file, line: line, reason: "not a valid row for sample \(rows.count)")
            }
            guard rows.last.map({ $0.key < row.key }) ?? true else {
                throw ShardError.malformedTable(
                    file: file, line: line, reason: "its key must come after that of the line before")
            }
            rows.append(row)
        }
        guard rows.count == manifest.samples else {
            throw ShardError.inconsistent(file: file, reason: "\(rows.count) rows, not \(manifest.samples)")
        }
        return rows
    }
}

extension ProvenanceRow {
    /// `nil` unless the fields are a valid row for sample `id`.
    fileprivate init?(_ fields: [ArraySlice<UInt8>], id: Int, _ manifest: Manifest) {
        guard fields.count == Provenance.columns.count else { return nil }
        func text(_ column: Int) -> String? { String(validating: fields[column], as: UTF8.self) }
        func number(_ column: Int) -> Int? { Int.natural(fields[column]) }
        /// `nil` for a number that is not below the limit, an empty value for an empty field.
        func optional(_ column: Int, below limit: Int) -> Int?? {
            if fields[column].isEmpty { return .some(nil) }
            return number(column).flatMap { $0 < limit ? .some($0) : nil }
        }
        guard number(0) == id, let keyText = text(1), let label = text(2).map(Key.text(cell:)),
            manifest.classes[label] != nil,
            let split = text(3).flatMap(Split.init(rawValue:)), let shard = number(4), let slot = number(5),
            let source = text(6).flatMap(Digest.init(hex:)), let width = number(7), let height = number(8),
            let group = optional(9, below: manifest.duplicates.groups),
            let unit = optional(10, below: manifest.units),
            let fold = optional(11, below: manifest.folds.count), let operations = text(12)
        else { return nil }
        // In test, no sample has a fold; elsewhere all do, or none.
        guard (fold != nil) == (split != .test && !manifest.folds.isEmpty) else { return nil }
        let shards = manifest[split].shards
        guard shards.indices.contains(shard), slot < shards[shard].samples, width > 0, height > 0 else {
            return nil
        }
        self.init(
            key: Key(text: keyText), label: label, split: split, shard: shard, slot: slot, source: source,
            sourceSize: ImageSize(width: width, height: height), group: group, unit: unit,
            fold: fold, operations: operations)
    }
}
