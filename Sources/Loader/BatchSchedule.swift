// Which places of an epoch's order each step takes, for every rank.

/// Cuts an epoch into steps.
struct BatchSchedule: Sendable {
    let samples: Int
    let batchSize: Int
    let remainder: Remainder
    let rank: Rank

    /// Steps of an epoch, the same for all ranks.
    var steps: Int {
        remainder == .drop ? samples / batchSize : (samples + batchSize - 1) / batchSize
    }

    /// The largest number of samples that this rank takes in one step.
    var capacity: Int {
        let size = remainder == .pad ? batchSize : min(batchSize, samples)
        return (size + rank.count - 1) / rank.count
    }

    /// Places in the epoch's order; those beyond `samples` wrap around to its beginning.
    func places(of step: Int) -> Range<Int> {
        let start = step * batchSize
        let size = remainder == .pad ? batchSize : min(batchSize, samples - start)
        let slice = rank.slice(of: size)
        return start + slice.lowerBound..<start + slice.upperBound
    }
}
