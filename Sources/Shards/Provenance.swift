// Where every sample came from and where it went: provenance.csv, one row per sample.

public import Dataset

/// One sample's row. Its position in the table is its id.
public struct ProvenanceRow: Sendable, Equatable {
    /// Path in the source: archive member, file below the folder, or part and index of an IDX file.
    public var key: String
    /// Class name.
    public var label: String
    public var split: Split
    /// Shard number within the split, and row of the original in it.
    public var shard: Int
    public var slot: Int
    /// SHA-256 of the member, or of the whole IDX images file.
    public var source: Digest
    /// Size before preparation.
    public var sourceSize: ImageSize
    /// Number of the group of pixel-identical samples; `nil` for the many that are unique.
    public var group: Int?
    /// What was done to this image but not to all, such as `oriented+inverted`; usually empty.
    public var operations: String

    public init(
        key: String, label: String, split: Split, shard: Int, slot: Int, source: Digest,
        sourceSize: ImageSize, group: Int?, operations: String
    ) {
        self.key = key
        self.label = label
        self.split = split
        self.shard = shard
        self.slot = slot
        self.source = source
        self.sourceSize = sourceSize
        self.group = group
        self.operations = operations
    }
}

/// The provenance of a dataset as a CSV text.
public enum Provenance {
    public static let fileName = "provenance.csv.zst"
    static let columns = [
        "id", "key", "label", "split", "shard", "slot", "sha256", "width", "height", "group", "operations",
    ]

    /// The table of `rows`, which are in id order.
    public static func encode(_ rows: some Collection<ProvenanceRow>) -> SideFile.Table {
        SideFile.Table(head: columns, rows: rows.count) { (write) throws(ShardError) in
            for (id, row) in rows.enumerated() {
                try write([
                    String(id), row.key, row.label, row.split.rawValue, String(row.shard), String(row.slot),
                    row.source.hex, String(row.sourceSize.width), String(row.sourceSize.height),
                    row.group.map(String.init) ?? "", row.operations,
                ])
            }
        }
    }

    /// Parses what `encode` writes.
    public static func decode(_ text: [UInt8], file: String) throws(ShardError) -> [ProvenanceRow] {
        let table = CSV.rows(text)
        guard table.first == columns else {
            throw .malformedProvenance(
                file: file, line: 1, reason: "the columns are not \(columns.joined(separator: ","))")
        }
        var rows: [ProvenanceRow] = []
        rows.reserveCapacity(table.count)
        for (id, fields) in table.dropFirst().enumerated() {
            guard fields.count == columns.count, fields[0] == String(id),
                let split = Split(rawValue: fields[3]), let shard = Int(fields[4]), let slot = Int(fields[5]),
                let source = Digest(hex: fields[6]), let width = Int(fields[7]), let height = Int(fields[8]),
                fields[9].isEmpty || Int(fields[9]) != nil
            else { throw .malformedProvenance(file: file, line: id + 2, reason: "not a provenance row") }
            rows.append(
                ProvenanceRow(
                    key: fields[1], label: fields[2], split: split, shard: shard, slot: slot, source: source,
                    sourceSize: ImageSize(width: width, height: height), group: Int(fields[9]),
                    operations: fields[10]))
        }
        return rows
    }
}

/// An entry that was left out, and why.
public struct Rejection: Sendable, Equatable {
    public var key: String
    public var reason: String

    public init(key: String, reason: String) {
        self.key = key
        self.reason = reason
    }
}

/// `rejected.csv`: one row per entry that was left out.
public enum Rejections {
    public static let fileName = "rejected.csv"
    static let columns = ["key", "reason"]

    /// The table of `rejections`, which should be in key order.
    public static func encode(_ rejections: [Rejection]) -> SideFile.Table {
        SideFile.Table(head: columns, rows: rejections.count) { (write) throws(ShardError) in
            for rejection in rejections { try write([rejection.key, rejection.reason]) }
        }
    }

    /// Parses what `encode` writes.
    public static func decode(_ text: [UInt8], file: String) throws(ShardError) -> [Rejection] {
        let table = CSV.rows(text)
        guard table.first == columns, table.allSatisfy({ $0.count == 2 }) else {
            throw .malformedProvenance(file: file, line: 1, reason: "not a list of keys and reasons")
        }
        return table.dropFirst().map { Rejection(key: $0[0], reason: $0[1]) }
    }
}
