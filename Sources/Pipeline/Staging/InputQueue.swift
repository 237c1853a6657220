// The inputs of a preparation: each is opened by the worker that first needs it, and closed when it is used up.

internal import Dataset
internal import Ingest
internal import Parallel

/// Sources that workers read from. A worker begins at its own input, so that inputs which cannot be divided are read
/// side by side; at each of them, workers take turns.
final class InputQueue: Sendable {
    private struct State {
        var source: SharedSource?
        /// Workers that are reading from it.
        var readers = 0
        var isUsedUp = false
        var skipped = SkippedEntries()
        var fileDigests: [Digest] = []
        var remarks: [String] = []
    }

    private let states: [Lock<State>]
    private let fractions: Lock<[Double]>
    private let openSource: @Sendable (Int) throws -> any EntrySource

    /// Where a worker is reading.
    struct Place {
        fileprivate(set) var input: Int
    }

    /// Opens the first input, so that what is wrong with a single one shows at once.
    init(_ count: Int, _ openSource: @escaping @Sendable (Int) throws -> any EntrySource) throws {
        states = (0..<count).map { _ in Lock(State()) }
        fractions = Lock(Array(repeating: 0, count: count))
        self.openSource = openSource
        let first = SharedSource(try openSource(0))
        states[0].withLock { $0.source = first }
    }

    func place(ofWorker worker: Int, of workers: Int) -> Place {
        Place(input: worker * states.count / workers)
    }

    /// Fills `batch` from the input at `place`, or from the next one that has entries; leaves it empty when all are used
    /// up. Returns the share of all inputs that has been read.
    func fill(_ batch: inout EntryBatch, _ place: inout Place, _ times: inout StageTimes) throws -> Double {
        for _ in states.indices {
            if let source = try enter(place.input, &times) {
                let fraction = try source.fill(&batch, &times)
                leave(place.input, isEmpty: batch.entries.isEmpty)
                if !batch.entries.isEmpty {
                    return fractions.withLock { fractions in
                        fractions[place.input] = fraction
                        return fractions.reduce(0, +) / Double(fractions.count)
                    }
                }
                fractions.withLock { $0[place.input] = 1 }
            }
            place.input = (place.input + 1) % states.count
        }
        batch.removeAll()
        return 1
    }

    private func enter(_ input: Int, _ times: inout StageTimes) throws -> SharedSource? {
        try states[input].withLock { state in
            times.mark(.wait)
            guard !state.isUsedUp else { return nil }
            let source = try state.source ?? SharedSource(try openSource(input))
            state.source = source
            state.readers += 1
            times.mark(.open)
            return source
        }
    }

    /// The last reader closes the source: the directory of a large archive takes much memory.
    private func leave(_ input: Int, isEmpty: Bool) {
        states[input].withLock { state in
            state.readers -= 1
            state.isUsedUp = state.isUsedUp || isEmpty
            guard state.isUsedUp, state.readers == 0, let source = state.source else { return }
            (state.skipped, state.fileDigests) = (source.skipped, source.fileDigests)
            (state.remarks, state.source) = (source.remarks, nil)
        }
    }

    /// What was skipped in all inputs.
    var skipped: SkippedEntries {
        states.reduce(into: SkippedEntries()) { sum, state in sum.add(state.withLock { $0.skipped }) }
    }

    /// What the user should know of how inputs were read.
    var remarks: [String] { states.flatMap { state in state.withLock { $0.remarks } } }

    /// Per input, the digests of its files.
    var fileDigests: [[Digest]] { states.map { state in state.withLock { $0.fileDigests } } }
}

/// A source that workers take turns at, unless it is divisible.
private final class SharedSource: Sendable {
    private let source: Lock<any EntrySource>
    private let divisible: (any DivisibleSource)?

    init(_ source: any EntrySource) {
        self.source = Lock(source)
        divisible = source as? any DivisibleSource
    }

    /// Fills `batch` and returns the share of the input that has been read.
    func fill(_ batch: inout EntryBatch, _ times: inout StageTimes) throws(IngestError) -> Double {
        if let divisible {
            try divisible.fill(&batch)
            times.mark(.read)
            return divisible.fractionRead
        }
        return try source.withLock { source throws(IngestError) in
            times.mark(.wait)
            try source.fill(&batch)
            times.mark(.read)
            return source.fractionRead
        }
    }

    var skipped: SkippedEntries { source.withLock { $0.skipped } }
    var fileDigests: [Digest] { source.withLock { $0.fileDigests } }
    var remarks: [String] { source.withLock { $0.remarks } }
}
