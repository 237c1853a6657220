// Images of train that are, or almost are, images of a test split that the source gives.

internal import Dataset

/// Why samples outside a given test split must be left out, since the test split has to stay as it is.
struct Leaks {
    /// Per id.
    private(set) var reasons: [Int: String] = [:]

    /// - Parameter near: whether near-duplicates of test images leak, besides identical ones
    init(_ table: SampleTable, _ quality: Quality, near: Bool) {
        let samples = table.samples
        // One of several identical samples stands for all in pairs.
        var twins: [Int: [Int]] = [:]
        for group in quality.duplicates {
            for id in group { twins[id] = group }
            guard let test = group.first(where: { samples[$0].isOfficialTest }) else { continue }
            for id in group where !samples[id].isOfficialTest {
                reasons[id] = "identical to \(samples[test].key) of the official test set"
            }
        }
        for pair in quality.near.pairs where near {
            let sides = [Int(pair.a), Int(pair.b)].map { twins[$0] ?? [$0] }
            for (side, other) in [(sides[0], sides[1]), (sides[1], sides[0])] {
                guard let test = other.first(where: { samples[$0].isOfficialTest }) else { continue }
                for id in side where !samples[id].isOfficialTest && reasons[id] == nil {
                    reasons[id] = "nearly identical to \(samples[test].key) of the official test set"
                }
            }
        }
    }
}
