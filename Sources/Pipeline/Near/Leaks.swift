// Images of train or validation that are, or almost are, images of a split that the source gives.

internal import Dataset

/// Samples that know too much of a given split: those of train must not be in validation or test, those of validation
/// not in test.
struct Leaks {
    /// A sample that leaks, and one of the given split that it is identical or near to.
    struct Leak {
        let id, other: Int
        let isIdentical: Bool
    }

    /// By id; one for each sample that leaks.
    private(set) var leaks: [Leak] = []

    /// - Parameter near: whether near-duplicates leak, besides identical ones
    init(_ samples: [PlanInput], _ quality: Quality, near: Bool) {
        guard samples.contains(where: { $0.givenSplit != nil }) else { return }
        let identical = quality.identical
        var found: [Int: Leak] = [:]
        for split in [Split.test, .validation] {
            func leaks(_ id: Int) -> Bool {
                found[id] == nil && (samples[id].givenSplit ?? .train).index < split.index
            }
            // Of sets of identical images, by their first: what others leak into, and whether all that can leak did.
            var (targets, done): ([Int: Int?], Set<Int>) = ([:], [])
            func note(_ set: Int, _ other: Int, isIdentical: Bool) {
                guard !done.contains(set) else { return }
                let target =
                    targets[other]
                    ?? identical.members(other).first { samples[$0].givenSplit == split && found[$0] == nil }
                targets[other] = .some(target)
                guard let target else { return }
                done.insert(set)
                for id in identical.members(set) where leaks(id) {
                    found[id] = Leak(id: id, other: target, isIdentical: isIdentical)
                }
            }
            for ids in identical.sets { note(ids[0], ids[0], isIdentical: true) }
            for pair in quality.near.pairs where near {
                let (a, b) = (identical.first(Int(pair.a)), identical.first(Int(pair.b)))
                note(a, b, isIdentical: false)
                note(b, a, isIdentical: false)
            }
        }
        leaks = found.values.sorted { $0.id < $1.id }
    }

    /// What is wrong with the sample of a leak.
    static func reason(_ leak: Leak, _ table: SampleTable) throws(PipelineError) -> String {
        let split = table.samples[leak.other].givenSplit ?? .test
        return
            "\(leak.isIdentical ? "identical" : "nearly identical") to \(try table.key(leak.other)), which is in "
            + split.rawValue
    }

    /// The same for several, by the sample.
    static func reasons(_ leaks: [Leak], _ table: SampleTable) throws(PipelineError) -> [Int: String] {
        var reasons: [Int: String] = [:]
        for leak in leaks { reasons[leak.id] = try reason(leak, table) }
        return reasons
    }
}
