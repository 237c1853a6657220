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
    init(_ samples: [StagedSample], _ quality: Quality, near: Bool) {
        guard samples.contains(where: { $0.givenSplit != nil }) else { return }
        var found: [Int: Leak] = [:]
        for split in [Split.test, .validation] {
            func leaks(_ id: Int) -> Bool {
                found[id] == nil && (samples[id].givenSplit ?? .train).index < split.index
            }
            func note(_ side: [Int], _ other: [Int], isIdentical: Bool) {
                guard let given = other.first(where: { samples[$0].givenSplit == split && found[$0] == nil })
                else { return }
                for id in side where leaks(id) {
                    found[id] = Leak(id: id, other: given, isIdentical: isIdentical)
                }
            }
            for group in quality.duplicates { note(group, group, isIdentical: true) }
            for pair in quality.near.pairs where near {
                let (a, b) = (quality.twins(Int(pair.a)), quality.twins(Int(pair.b)))
                note(a, b, isIdentical: false)
                note(b, a, isIdentical: false)
            }
        }
        leaks = found.values.sorted { $0.id < $1.id }
    }

    /// What is wrong with the sample of a leak.
    static func reason(_ leak: Leak, _ samples: [StagedSample]) -> String {
        let other = samples[leak.other]
        return "\(leak.isIdentical ? "identical" : "nearly identical") to \(other.key), which is in "
            + (other.givenSplit ?? .test).rawValue
    }
}
