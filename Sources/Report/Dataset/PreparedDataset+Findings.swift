// The samples of findings, as a table for the terminal or as CSV.

internal import Dataset
package import Shards
package import Storage

extension PreparedDataset {
    /// One line per sample, with its key and label.
    package func findingsText(_ rows: [FindingRow]) throws -> String {
        let provenance = try provenance()
        var table = TextTable([.left, .right, .right, .left, .left])
        table.add(["finding", "set", "value", "label", "key"])
        for row in rows {
            let sample = provenance[Int(row.id)]
            table.add([
                row.finding, row.set.map(String.init) ?? "", row.value.map { TextStyle.decimal($0, 2) } ?? "",
                sample.label, sample.key.text,
            ])
        }
        return rows.isEmpty ? "no samples" : table.lines().joined(separator: "\n")
    }

    /// Each row as a line of JSON.
    package func findingsLines(_ rows: [FindingRow]) throws -> [JSONValue] {
        let provenance = try provenance()
        return rows.map { row in
            let sample = provenance[Int(row.id)]
            return .object([
                "finding": .string(row.finding), "set": row.set.map { .integer($0) } ?? .null,
                "id": .integer(Int(row.id)), "key": .string(sample.key.text), "label": .string(sample.label),
                "value": row.value.map { .number($0) } ?? .null,
            ])
        }
    }

    /// The rows as they are in findings.csv, under its head.
    package func findingsCSV(_ rows: [FindingRow]) throws -> String {
        let provenance = try provenance()
        var text: [UInt8] = []
        CSV.appendRow(FindingTable.columns, to: &text)
        for row in rows {
            let sample = provenance[Int(row.id)]
            CSV.appendRow(FindingTable.fields(row, (sample.key, sample.label)), to: &text)
        }
        return String(decoding: text, as: UTF8.self)
    }
}
