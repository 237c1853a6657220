// Between staging and plan: finds quality problems, leaves out the samples that `--drop` names, and those that leak.

internal import Dataset
internal import Imaging
internal import Shards

/// Quality findings and kinship of the samples that stay.
struct Screening {
    let findings: [Finding]
    /// Sets of samples with identical pixels.
    let duplicates: [[Int]]
    let kinship: Kinship

    /// Removes samples with the findings in `drop` from `table`, then what leaks into a given test split, and takes
    /// the findings of the rest.
    init(
        _ table: inout SampleTable, pixels: PixelStore, size: ImageSize,
        configuration: PipelineConfiguration, workers: Int, input: String
    ) throws(PipelineError) {
        let found = Plan.duplicates(table.samples.lazy.map(\.pixels))
        let near = try Quality.nearPairs(
            table.samples, duplicates: found, pixels: pixels, size: size,
            levels: configuration.searchedLevels,
            workers: workers)
        var quality = Quality(table, size: size, duplicates: found, near: near)
        func remove(_ reasons: [Int: String]) {
            guard !reasons.isEmpty else { return }
            let newIDs = quality.representatives(table.remove(reasons))
            var near = quality.near
            near.renumber(newIDs)
            quality = Quality(
                table, size: size, duplicates: Plan.duplicates(table.samples.lazy.map(\.pixels)), near: near)
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
        if configuration.officialTest {
            remove(Leaks(table, quality, near: configuration.near > 0).reasons)
        }
        duplicates = quality.duplicates
        kinship = Kinship(
            table.samples.count, duplicates: duplicates, near: quality.near, binds: configuration.near > 0,
            groups: try configuration.groups?.groups(of: table.samples.map(\.key)) ?? [])
        findings = quality.findings(dropped: kinds.values.reduce(into: [:]) { $0[$1, default: 0] += 1 })
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
