// findings.csv.zst: every sample of every finding.

package import Dataset
internal import Storage

/// A sample that a finding applies to.
public struct FindingRow: Sendable, Equatable {
    /// Name of the finding.
    public var finding: String
    /// For samples that belong together: the number of their set within the finding.
    public var set: Int?
    /// The sample's id: its row in the provenance.
    public var id: UInt32
    /// What the finding's rule compares with its threshold; `nil` where it compares no number.
    public var value: Double?

    package init(finding: String, set: Int?, id: UInt32, value: Double?) {
        (self.finding, self.set, self.id, self.value) = (finding, set, id, value)
    }
}

/// The table of all findings: findings in the order of the manifest, of each the clearest samples first where one
/// can be clearer than another; sets stay together.
package enum FindingTable {
    package static let fileName = "findings.csv.zst"
    package static let columns = ["finding", "set", "id", "key", "label", "value"]

    /// - Parameter describe: key and label of a sample
    package static func encode(
        _ rows: [FindingRow], _ describe: @escaping (UInt32) throws -> (key: Key, label: String)
    ) -> SideFile.Table {
        SideFile.Table(head: columns, rows: rows.count) { write in
            for row in rows { try write(fields(row, try describe(row.id))) }
        }
    }

    /// The fields of a row, as they are in the file.
    package static func fields(_ row: FindingRow, _ sample: (key: Key, label: String)) -> [String] {
        [
            row.finding, row.set.map(String.init) ?? "", String(row.id), Key.cell(sample.key.text),
            Key.cell(sample.label), row.value.map { "\($0)" } ?? "",
        ]
    }

    /// Parses what `encode` writes. Names and ids are checked against the manifest; keys and labels are for people,
    /// and are not read.
    static func decode(_ text: [UInt8], of manifest: Manifest, file: String) throws -> [FindingRow] {
        let known = Set(manifest.findings.map(\.name))
        var rows: [FindingRow] = []
        try TableLines.forEach(of: text, columns: columns, file: file) { (line, fields) in
            func text(_ column: Int) -> String { String(decoding: fields[column], as: UTF8.self) }
            guard fields.count == columns.count, known.contains(text(0)),
                let id = Int.natural(fields[2]), id < manifest.samples,
                fields[1].isEmpty || Int.natural(fields[1]) != nil,
                fields[5].isEmpty || Double(text(5)) != nil
            else {
                throw ShardError.malformedTable(file: file, line: line, reason: "not a row of a finding")
            }
            rows.append(
                FindingRow(
                    finding: text(0), set: Int.natural(fields[1]), id: UInt32(id), value: Double(text(5))))
        }
        guard rows.count == manifest.findingTable.rows else {
            throw ShardError.inconsistent(
                file: file, reason: "\(rows.count) rows, not \(manifest.findingTable.rows)")
        }
        return rows
    }
}
