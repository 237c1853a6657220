// What the manifest and findings.csv say about the quality of a dataset.

internal import Dataset
internal import Shards

extension Quality {
    /// All findings, even those without samples, which show what was checked, and every sample that they apply to.
    ///
    /// - Parameters:
    ///   - dropped: samples that were left out because of a kind
    ///   - leaks: those that were kept
    func findings(
        dropped: [FindingKind: Int], leaks: [Leaks.Leak]
    ) -> (findings: [Finding], rows: [FindingRow]) {
        var (findings, rows): ([Finding], [FindingRow]) = ([], [])
        for kind in FindingKind.allCases {
            let members = kind == .leak ? Self.members(leaks) : members(kind)
            var finding = finding(kind, members)
            finding.dropped = dropped[kind] ?? 0
            if kind == .leak { finding.samples = leaks.count }
            findings.append(finding)
            rows += members.map { .init(finding: kind.rawValue, set: $0.set, id: $0.id, value: $0.value) }
        }
        return (findings, rows)
    }

    private static func members(_ leaks: [Leaks.Leak]) -> [Member] {
        leaks.enumerated().flatMap { number, leak in
            [leak.id, leak.other].map { Member(id: UInt32($0), set: number) }
        }
    }

    private func finding(_ kind: FindingKind, _ members: [Member]) -> Finding {
        let isNear = [.nearDuplicate, .nearConflicting, .leak].contains(kind)
        let threshold = isNear ? near.levels : thresholds[kind]
        var finding = Finding(
            name: kind.rawValue, rule: subject.exemption(kind) ?? kind.rule(threshold), threshold: threshold,
            samples: members.count)
        let limit = Finding.exampleLimit
        switch kind {
        case .duplicate, .conflicting, .leak:
            // Members come set by set.
            var groups: [[UInt32]] = []
            var last: Int?
            for member in members {
                if member.set != last {
                    if groups.count == limit { break }
                    groups.append([])
                    last = member.set
                }
                if groups[groups.count - 1].count < limit { groups[groups.count - 1].append(member.id) }
            }
            finding.groups = groups
        case .nearDuplicate, .nearConflicting:
            let pairs = kind == .nearDuplicate ? near.pairs : nearConflicting
            finding.groups = pairs.prefix(limit).map { [$0.a, $0.b] }
        case .imbalance: finding.classes = smallClasses.map { name($0.label) }
        default: finding.examples = members.prefix(limit).map(\.id)
        }
        return finding
    }
}
