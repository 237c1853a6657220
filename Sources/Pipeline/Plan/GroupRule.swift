// Which samples belong together, by what their keys say or by a table of the user's.

internal import Dataset
internal import Foundation
internal import Storage

/// How samples are put in groups that the split keeps together, such as one per writer or patient.
public enum GroupRule: Sendable, Equatable {
    /// The folder that a sample lies in.
    case folder
    /// What the first parenthesis of a regular expression matches in the key, or all that it matches without one.
    case pattern(String)
    /// A CSV file with the columns `key` and `group`.
    case table(path: String)

    /// Keys of a pipeline file.
    static let keys = ["group_by", "groups"]
    package static let notation =
        "“folder” or a regular expression such as (writer[0-9]+)_; for groups, a CSV file"

    /// - Returns: `nil` if `value` is not a rule
    init?(key: String, value: String) {
        if key == "groups" {
            self = .table(path: value)
        } else {
            self.init(by: value)
        }
    }

    /// Parses `folder` or a regular expression.
    package init?(by text: String) {
        guard text != "folder" else {
            self = .folder
            return
        }
        guard !text.isEmpty, (try? Regex(text)) != nil else { return nil }
        self = .pattern(text)
    }

    /// The key of a pipeline file, and its value. Of a table, the name alone: paths differ from machine to machine.
    var key: String { if case .table = self { "groups" } else { "group_by" } }
    var value: String {
        switch self {
        case .folder: "folder"
        case .pattern(let pattern): pattern
        case .table(let path): String(path.split(separator: "/").last ?? "")
        }
    }

    /// Groups of two or more of these keys, by position. A key to which the rule does not apply is in no group.
    ///
    /// - Throws: ``PipelineError/groups(reason:)`` if the rule applies to no key, or the table cannot be read
    func groups(of keys: [Key]) throws(PipelineError) -> [[Int]] {
        let name = try namer()
        var groups: [Key: [Int]] = [:]
        for (index, key) in keys.enumerated() {
            if let group = name(key), !group.bytes.isEmpty { groups[group, default: []].append(index) }
        }
        guard !groups.isEmpty else {
            throw .groups(
                reason: "\(key) \(value): applies to none of the \(keys.count) keys, such as \(keys[0])")
        }
        return groups.values.filter { $0.count > 1 }.sorted { $0[0] < $1[0] }
    }

    /// The group of a key.
    private func namer() throws(PipelineError) -> (Key) -> Key? {
        switch self {
        case .folder:
            return { key in
                key.bytes.lastIndex(of: UInt8(ascii: "/")).map { Key(bytes: key.bytes[..<$0]) }
            }
        case .pattern(let pattern):
            guard let regex = try? Regex(pattern) else {
                throw .groups(reason: "\(pattern): not a regular expression")
            }
            return { key in
                guard let match = key.text.firstMatch(of: regex) else { return nil }
                let part = match.output.count > 1 ? match.output[1].substring : match.output[0].substring
                return part.map { Key(utf8: String($0)) }
            }
        case .table(let path):
            let table = try Self.table(path)
            return { table[$0] }
        }
    }

    private static func table(_ path: String) throws(PipelineError) -> [Key: Key] {
        let malformed = PipelineError.groups(
            reason: "\(path): not a CSV file whose first line names the columns key and group")
        do {
            // As spreadsheets write it: with other line ends, a last line without one, a byte order mark.
            var bytes = try FileSystem.read(path).filter { $0 != UInt8(ascii: "\r") } + [10]
            if bytes.starts(with: [0xEF, 0xBB, 0xBF]) { bytes.removeFirst(3) }
            var reader = CSVReader(bytes)
            guard let head = try reader.next()?.map({ String(decoding: $0, as: UTF8.self) }),
                let key = head.firstIndex(of: "key"), let group = head.firstIndex(of: "group")
            else { throw malformed }
            var table: [Key: Key] = [:]
            while let row = try reader.next() {
                if row.count == 1, row[0].isEmpty { continue }
                guard row.count > max(key, group) else { throw malformed }
                let cell = String(decoding: row[key], as: UTF8.self)
                table[Key(text: Key.text(cell: cell))] = Key(bytes: row[group])
            }
            return table
        } catch let error as StorageError {
            throw .groups(reason: error.description)
        } catch {
            throw malformed
        }
    }
}
