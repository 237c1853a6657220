// Between staging and plan: finds quality problems and leaves out the samples that `--drop` names.

internal import Dataset
internal import Imaging
internal import Shards

/// Quality findings of what remains after dropping.
struct Screening {
    let findings: [Finding]
    /// Sets of samples with identical pixels.
    let duplicates: [[Int]]

    /// Removes samples with the findings in `drop` from `table`, then takes the findings of the rest.
    init(
        _ table: inout SampleTable, pixels: PixelStore, size: ImageSize, drop: [FindingKind], workers: Int,
        input: String
    ) throws(PipelineError) {
        var quality = try Quality(table, pixels: pixels, size: size, workers: workers)
        var dropped: [FindingKind: Int] = [:]
        if !drop.isEmpty {
            // Only the first reason of a sample counts.
            var reasons: [Int: FindingKind] = [:]
            for kind in drop {
                for id in quality.droppable(kind) where reasons[id] == nil {
                    reasons[id] = kind
                    dropped[kind, default: 0] += 1
                }
            }
            guard reasons.count < table.samples.count else {
                throw .noImages(input: input, skipped: "all \(reasons.count) dropped by --drop")
            }
            if !reasons.isEmpty {
                table.drop(reasons)
                quality = try Quality(table, pixels: pixels, size: size, workers: workers)
            }
        }
        duplicates = quality.duplicates
        findings = quality.findings(dropped: dropped)
    }

    /// Removes samples with the findings in `drop`; without any, it measures nothing.
    static func drop(
        from table: inout SampleTable, pixels: PixelStore, size: ImageSize, _ drop: [FindingKind],
        workers: Int, input: String
    ) throws(PipelineError) {
        guard !drop.isEmpty else { return }
        _ = try Screening(&table, pixels: pixels, size: size, drop: drop, workers: workers, input: input)
    }
}

extension SampleTable {
    /// Moves samples to the rejections. Classes stay, even if they lose all their samples.
    mutating func drop(_ reasons: [Int: FindingKind]) {
        for (id, kind) in reasons {
            rejections.append(Rejection(key: samples[id].key, reason: "\(kind.rawValue), left out by --drop"))
        }
        rejections.sort()
        let kept = samples.indices.filter { reasons[$0] == nil }
        labels = kept.map { labels[$0] }
        samples = kept.map { samples[$0] }
    }
}
