// Between staging and plan: finds quality problems, leaves out the samples that `--drop` names, and those that leak.

internal import Dataset
internal import Imaging
internal import Shards

/// Quality findings and kinship of the samples that stay.
struct Screening {
    let findings: [Finding]
    /// Every sample of every finding.
    let findingRows: [FindingRow]
    /// Sets of samples with identical pixels.
    let duplicates: [[Int]]
    let kinship: Kinship
    let groups: GroupCoverage?
    let subject: Subject
    /// How many samples leak into a split that the source gives, whether they were left out or not.
    let leaks: Int

    /// Removes samples with the findings in `drop` from `table`, then what leaks into a given test split, and takes
    /// the findings of the rest.
    init(
        _ table: inout SampleTable, pixels: PixelStore, shape: ImageShape,
        configuration: PipelineConfiguration, workers: Int, input: String,
        isCancelled: @escaping @Sendable () -> Bool = { false }
    ) throws(PipelineError) {
        let found = Plan.duplicates(table.samples.lazy.map(\.pixels))
        let near = try Quality.nearPairs(
            table, duplicates: found, pixels: pixels, shape: shape, configuration, workers: workers,
            isCancelled: isCancelled)
        func judge(_ duplicates: [[Int]], _ near: NearPairs) -> Quality {
            Quality(
                table, shape: shape, thresholds: configuration.thresholds, duplicates: duplicates, near: near)
        }
        var quality = judge(found, near)
        subject = quality.subject
        func remove(_ reasons: [Int: String]) throws(PipelineError) {
            guard !reasons.isEmpty else { return }
            let newIDs = quality.representatives(try table.remove(reasons))
            var near = quality.near
            near.renumber(newIDs)
            quality = judge(Plan.duplicates(table.samples.lazy.map(\.pixels)), near)
        }
        let kinds = configuration.dropped(by: quality)
        guard kinds.count < table.samples.count else {
            throw .noImages(input: input, skipped: "all \(kinds.count) dropped by --drop")
        }
        try remove(kinds.mapValues { "\($0.rawValue), left out by --drop" })
        let leaks = Leaks(table.samples, quality, near: configuration.near != 0).leaks
        self.leaks = leaks.count
        var dropped = kinds.values.reduce(into: [:]) { $0[$1, default: 0] += 1 }
        switch configuration.leaks {
        case .keep: break
        case .drop:
            dropped[.leak] = leaks.count
            try remove(Leaks.reasons(leaks, table))
        case .error:
            if let first = leaks.first {
                throw .leaks(
                    count: leaks.count,
                    first: "\(try table.key(first.id)) is \(try Leaks.reason(first, table))")
            }
        }
        duplicates = quality.duplicates
        let (groups, coverage) = try configuration.groups(of: table)
        self.groups = coverage
        try Self.check(groups, table)
        kinship = Kinship(
            table.samples.count, duplicates: duplicates, near: quality.near,
            binds: configuration.near != 0, groups: groups)
        (findings, findingRows) = quality.findings(
            dropped: dropped, leaks: configuration.leaks == .keep ? leaks : [])
    }

    /// Splits that the source gives must not part groups.
    private static func check(_ groups: [[Int]], _ table: SampleTable) throws(PipelineError) {
        let samples = table.samples
        for group in groups {
            guard let other = group.first(where: { samples[$0].givenSplit != samples[group[0]].givenSplit })
            else { continue }
            throw .groups(
                reason:
                    "\(try table.key(group[0])) and \(try table.key(other)) are of one group, but the input has them "
                    + "in different splits; leave groups out, or divide the images anew with --split")
        }
    }
}

extension PipelineConfiguration {
    /// What `--drop` leaves out, and why. Only the first reason of a sample counts.
    fileprivate func dropped(by quality: Quality) -> [Int: FindingKind] {
        var kinds: [Int: FindingKind] = [:]
        for kind in drop {
            for id in quality.droppable(kind) where kinds[id] == nil { kinds[id] = kind }
        }
        return kinds
    }

    /// Groups by the rule, or by the column of a table of labels.
    fileprivate func groups(
        of table: SampleTable
    ) throws(PipelineError) -> (groups: [[Int]], coverage: GroupCoverage?) {
        if let groups { return try groups.groups(table.forEachKey) }
        guard let labels, let column = labels.columns.group, !column.isEmpty else { return ([], nil) }
        var collector = GroupCollector()
        try table.forEachGroup { collector.add($0, $1) }
        return try collector.finish("column \(column) of \(labels.fileName)")
    }

    /// The distance of near-duplicates. If they do not bind, their number is still worth knowing.
    func searchedLevels(_ subject: Subject) -> Double {
        if let near, near > 0 { near } else { subject.nearLevels }
    }
}

extension SampleTable {
    /// Moves samples to the rejections. Classes stay, even if they lose all their samples.
    ///
    /// - Parameter reasons: per id
    /// - Returns: per old id, the new one; `nil` for samples that have gone
    mutating func remove(_ reasons: [Int: String]) throws(PipelineError) -> [UInt32?] {
        for (id, reason) in reasons { rejections.append(Rejection(key: try key(id), reason: reason)) }
        rejections.sort()
        var newIDs = [UInt32?](repeating: nil, count: samples.count)
        var new = 0
        for old in samples.indices where reasons[old] == nil {
            newIDs[old] = UInt32(new)
            samples[new] = samples[old]
            new += 1
        }
        samples.removeLast(samples.count - new)
        return newIDs
    }
}

extension Quality {
    /// Per old id, the new one of the sample, or of the first that had the same pixels.
    fileprivate func representatives(_ newIDs: [UInt32?]) -> [UInt32?] {
        var result = newIDs
        for group in duplicates {
            let first = group.lazy.compactMap { newIDs[$0] }.first
            for id in group { result[id] = first }
        }
        return result
    }
}
