// Between staging and the plan: what is found, and what `--drop` leaves out.

internal import Dataset
internal import Imaging
internal import Shards

/// Quality findings of what remains after dropping.
struct Screening {
    let findings: [Finding]
    /// Sets of samples with identical pixels.
    let duplicates: [[Int]]

    /// Removes from `table` what `drop` names, and looks at the rest.
    init(
        _ table: inout SampleTable, pixels: PixelStore, size: ImageSize, drop: [FindingKind], workers: Int,
        input: String
    ) throws(PipelineError) {
        var quality = try Quality(table, pixels: pixels, size: size, workers: workers)
        var dropped: [FindingKind: Int] = [:]
        if !drop.isEmpty {
            // The first reason counts; the others of a sample would only repeat that it is gone.
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

    /// Removes what the dataset of `configuration` leaves out, without looking at the rest.
    static func drop(
        from table: inout SampleTable, pixels: PixelStore, size: ImageSize, _ drop: [FindingKind],
        workers: Int, input: String
    ) throws(PipelineError) {
        guard !drop.isEmpty else { return }
        _ = try Screening(&table, pixels: pixels, size: size, drop: drop, workers: workers, input: input)
    }
}

extension SampleTable {
    /// Moves samples to the rejections. Classes stay, even those that lose all samples.
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
