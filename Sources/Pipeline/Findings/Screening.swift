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
    /// How many samples leak into a split that the source gives, whether they were left out or not.
    let leaks: Int

    /// Removes samples with the findings in `drop` from `table`, then what leaks into a given test split, and takes
    /// the findings of the rest.
    init(
        _ table: inout SampleTable, pixels: PixelStore, size: ImageSize,
        configuration: PipelineConfiguration, workers: Int, input: String
    ) throws(PipelineError) {
        let found = Plan.duplicates(table.samples.lazy.map(\.pixels))
        let near = try Quality.nearPairs(
            table.samples, duplicates: found, pixels: pixels, size: size,
            levels: configuration.searchedLevels, blank: configuration.thresholds[.blank], workers: workers)
        func judge(_ duplicates: [[Int]], _ near: NearPairs) -> Quality {
            Quality(
                table, size: size, thresholds: configuration.thresholds, duplicates: duplicates, near: near)
        }
        var quality = judge(found, near)
        func remove(_ reasons: [Int: String]) {
            guard !reasons.isEmpty else { return }
            let newIDs = quality.representatives(table.remove(reasons))
            var near = quality.near
            near.renumber(newIDs)
            quality = judge(Plan.duplicates(table.samples.lazy.map(\.pixels)), near)
        }
        // Only the first reason of a sample counts.
        var kinds: [Int: FindingKind] = [:]
        for kind in configuration.drop {
            for id in quality.droppable(kind) where kinds[id] == nil { kinds[id] = kind }
        }
        guard kinds.count < table.samples.count else {
            throw .noImages(input: input, skipped: "all \(kinds.count) dropped by --drop")
        }
        remove(kinds.mapValues { "\($0.rawValue), left out by --drop" })
        let leaks = Leaks(table.samples, quality, near: configuration.near > 0).leaks
        self.leaks = leaks.count
        var dropped = kinds.values.reduce(into: [:]) { $0[$1, default: 0] += 1 }
        switch configuration.leaks {
        case .keep: break
        case .drop:
            let samples = table.samples
            dropped[.leak] = leaks.count
            remove(Dictionary(uniqueKeysWithValues: leaks.map { ($0.id, Leaks.reason($0, samples)) }))
        case .error:
            if let first = leaks.first {
                throw .leaks(
                    count: leaks.count,
                    first: "\(table.samples[first.id].key) is \(Leaks.reason(first, table.samples))")
            }
        }
        duplicates = quality.duplicates
        let (groups, coverage) = try configuration.groups?.groups(of: table.samples.map(\.key)) ?? ([], nil)
        self.groups = coverage
        try Self.check(groups, table.samples)
        kinship = Kinship(
            table.samples.count, duplicates: duplicates, near: quality.near,
            binds: configuration.near > 0, groups: groups)
        (findings, findingRows) = quality.findings(
            dropped: dropped, leaks: configuration.leaks == .keep ? leaks : [])
    }

    /// Splits that the source gives must not part groups.
    private static func check(_ groups: [[Int]], _ samples: [StagedSample]) throws(PipelineError) {
        for group in groups {
            guard let other = group.first(where: { samples[$0].givenSplit != samples[group[0]].givenSplit })
            else { continue }
            throw .groups(
                reason:
                    "\(samples[group[0]].key) and \(samples[other].key) are of one group, but the input has them "
                    + "in different splits; leave groups out, or divide the images anew with --split")
        }
    }
}

extension PipelineConfiguration {
    /// The distance of near-duplicates. If they do not bind, their number is still worth knowing.
    var searchedLevels: Double { near > 0 ? near : FindingKind.nearDuplicate.threshold }
}

extension SampleTable {
    /// Moves samples to the rejections. Classes stay, even if they lose all their samples.
    ///
    /// - Parameter reasons: per id
    /// - Returns: per old id, the new one; `nil` for samples that have gone
    fileprivate mutating func remove(_ reasons: [Int: String]) -> [UInt32?] {
        rejections += reasons.map { Rejection(key: samples[$0].key, reason: $1) }
        rejections.sort()
        var newIDs = [UInt32?](repeating: nil, count: samples.count)
        let kept = samples.indices.filter { reasons[$0] == nil }
        for (new, old) in kept.enumerated() { newIDs[old] = UInt32(new) }
        labels = kept.map { labels[$0] }
        samples = kept.map { samples[$0] }
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
