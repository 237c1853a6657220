// Which samples belong together, by what their keys say or by a table of the user's.

internal import Dataset
internal import Foundation
internal import Storage

/// How many samples a rule put in groups.
public struct GroupCoverage: Sendable, Equatable, Codable {
    /// Number of groups, those of one sample included.
    public let groups: Int
    /// Samples in groups, and those without one.
    public let samples, without: Int
    /// Rows of a table whose key no sample has.
    public let unknown: Int
}

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
        // What may not be tried is said when it is to be.
        guard !text.isEmpty, (try? PatternCost(text)) == nil || Self.regex(text) != nil else { return nil }
        self = .pattern(text)
    }

    /// The key of a pipeline file, and its value. Of a table, the name alone: paths differ from machine to machine.
    var key: String { if case .table = self { "groups" } else { "group_by" } }
    var value: String {
        switch self {
        case .folder: "folder"
        case .pattern(let pattern): pattern
        case .table(let path): FileSystem.split(path).name
        }
    }

    /// Groups of two or more of these keys, by position. A key to which the rule does not apply is in no group.
    ///
    /// - Throws: ``PipelineError/groups(reason:)`` if the rule applies to no key, or the table cannot be read
    ///
    /// - Parameter forEachKey: calls its argument with all keys
    func groups(
        _ forEachKey: ((_ key: Key) -> Void) throws(PipelineError) -> Void
    ) throws(PipelineError) -> (groups: [[Int]], coverage: GroupCoverage) {
        let (name, rows, cost) = try namer()
        var collector = GroupCollector()
        if let cost { try require(cost, forEachKey) }
        try forEachKey { key in collector.add(key, name(key)) }
        return try collector.finish("\(key) \(value)", rows: rows)
    }

    /// - Throws: an error if a pattern could take long in some name, or in all
    private func require(
        _ cost: PatternCost, _ forEachKey: ((_ key: Key) -> Void) throws(PipelineError) -> Void
    ) throws(PipelineError) {
        var (long, total): (Key?, Double) = (nil, 0)
        try forEachKey { key in
            let attempts = cost.attempts(key.text.utf8.count)
            total += attempts
            if attempts > PatternCost.nameLimit || total > PatternCost.limit { long = long ?? key }
        }
        guard let long else { return }
        throw .groups(
            reason: "\(value.excerpt): so many repetitions could take hours in names such as "
                + "\(long.text.excerpt)\nSay where each ends, as in [^_]+_, or name groups in a table with --groups."
        )
    }

    /// The group of a key, the number of rows of the table, and what a pattern costs.
    private func namer() throws(PipelineError) -> (name: (Key) -> Key?, rows: Int, cost: PatternCost?) {
        switch self {
        case .folder:
            return (
                { key in key.bytes.lastIndex(of: UInt8(ascii: "/")).map { Key(bytes: key.bytes[..<$0]) } }, 0,
                nil
            )
        case .pattern(let pattern):
            let cost: PatternCost
            do throws(PatternCost.Problem) {
                cost = try PatternCost(pattern)
            } catch {
                throw .groups(
                    reason: "\(pattern.excerpt): \(error.reason)\n"
                        + "Repeat simple characters or classes, or name groups in a table with --groups.")
            }
            guard let regex = Self.regex(pattern) else {
                throw .groups(reason: "\(pattern.excerpt): not a regular expression")
            }
            return (
                { key in
                    guard let match = key.text.firstMatch(of: regex) else { return nil }
                    let part = match.output.count > 1 ? match.output[1].substring : match.output[0].substring
                    return part.map { Key(utf8: String($0)) }
                }, 0, cost
            )
        case .table(let path):
            let table = try Self.table(path)
            // Keys may be written as in provenance.csv, as prep prints them, or as they are.
            return (
                { key in
                    table[Key(utf8: Key.cell(key.text))] ?? table[Key(utf8: key.text)]
                        ?? table[Key(bytes: key.bytes[...].trimmed)]
                }, table.count, nil
            )
        }
    }

    /// Names are scalars: a mark behind a letter must not hide it.
    private static func regex(_ pattern: String) -> Regex<AnyRegexOutput>? {
        try? Regex(pattern).matchingSemantics(.unicodeScalar)
    }

    private static func table(_ path: String) throws(PipelineError) -> [Key: Key] {
        let malformed = PipelineError.groups(
            reason: "\(path): not a CSV file whose first line names the columns key and group")
        do {
            var reader = CSVReader(spreadsheet: try FileSystem.read(path))
            guard let head = try reader.next()?.map({ String(decoding: $0.trimmed, as: UTF8.self) }),
                let key = head.firstIndex(of: "key"), let group = head.firstIndex(of: "group")
            else { throw malformed }
            var table: [Key: Key] = [:]
            var line = 1
            while let row = try reader.next() {
                line += 1
                if row.count == 1, row[0].isEmpty { continue }
                guard row.count > max(key, group) else {
                    throw PipelineError.groups(
                        reason:
                            "\(path): line \(line): \(row.count) values, but the first line names \(head.count) columns"
                    )
                }
                let (sample, name) = (Key(bytes: row[key].trimmed), Key(bytes: row[group].trimmed))
                if let other = table.updateValue(name, forKey: sample), other != name {
                    throw PipelineError.groups(
                        reason:
                            "\(path): line \(line): \(sample) is in the groups “\(other)” and “\(name)”; name one"
                    )
                }
            }
            return table
        } catch let error as PipelineError {
            throw error
        } catch let error as StorageError {
            throw .groups(reason: error.description)
        } catch {
            throw malformed
        }
    }
}

/// Puts samples into groups, one after the other.
struct GroupCollector {
    private var groups: [Key: [Int]] = [:]
    private var (known, count): (Int, Int) = (0, 0)
    private var example: Key?

    /// Adds a sample. One without a group, or with an empty one, is in none.
    mutating func add(_ key: Key, _ group: Key?) {
        defer { count += 1 }
        example = example ?? key
        guard let group else { return }
        known += 1
        if !group.bytes.isEmpty { groups[group, default: []].append(count) }
    }

    /// Groups of two or more samples, by position.
    ///
    /// - Parameters:
    ///   - rule: for the error if no sample is in a group
    ///   - rows: number of rows of a table of groups
    func finish(_ rule: String, rows: Int = 0) throws(PipelineError) -> (
        groups: [[Int]], coverage: GroupCoverage
    ) {
        guard !groups.isEmpty else {
            throw .groups(
                reason: "\(rule): applies to none of the \(count) keys"
                    + (example.map { ", such as \($0)" } ?? ""))
        }
        let samples = groups.values.reduce(0) { $0 + $1.count }
        let coverage = GroupCoverage(
            groups: groups.count, samples: samples, without: count - samples,
            unknown: max(rows - known, 0))
        return (groups.values.filter { $0.count > 1 }.sorted { $0[0] < $1[0] }, coverage)
    }
}
