// All that is known of staged samples, in rows: in memory, or in the tables of staged parts.

internal import Dataset

/// The samples of some inputs, by rows.
protocol StagedRows: Sendable {
    /// Rows of one input each, in the order of `StagedSample.precedes`; one run after the other, together all rows.
    var runs: [StagedRun] { get }
    /// How many rows to read at once.
    var step: Int { get }
    /// - Parameter rows: of one run
    func read(_ rows: Range<Int>) throws(PipelineError) -> ArraySlice<StagedSample>
    /// The key of a row in its input.
    func name(_ row: Int) throws(PipelineError) -> Key
    /// Where the pixels of a row are.
    func slot(_ row: UInt32) -> UInt32
}

struct StagedRun: Sendable {
    let input: Int
    let rows: Range<Int>
}

extension StagedRows {
    var count: Int { runs.last?.rows.upperBound ?? 0 }

    /// Calls `body` with all samples, run by run.
    func forEach(_ body: (StagedSample) throws(PipelineError) -> Void) throws(PipelineError) {
        for run in runs {
            var start = run.rows.lowerBound
            while start < run.rows.upperBound {
                let block = try read(start..<min(start + step, run.rows.upperBound))
                for sample in block { try body(sample) }
                start += block.count
            }
        }
    }
}

/// Samples in memory.
struct StagedArray: StagedRows {
    private let samples: [StagedSample]
    let runs: [StagedRun]
    var step: Int { max(samples.count, 1) }

    /// - Parameter batches: in any order; given up by the caller, because a copy of millions takes time
    init(_ batches: consuming [[StagedSample]]) {
        var samples: [StagedSample] = []
        samples.reserveCapacity(batches.reduce(0) { $0 + $1.count })
        // Starting with the last batch, so that each is freed once it is appended.
        while let batch = batches.popLast() { samples += batch }
        samples.sort { a, b in a.input == b.input ? StagedSample.precedes(a, b) : a.input < b.input }
        var runs: [StagedRun] = []
        var start = 0
        for end in 1...max(samples.count, 1) where !samples.isEmpty {
            if end < samples.count, samples[end].input == samples[start].input { continue }
            runs.append(StagedRun(input: Int(samples[start].input), rows: start..<end))
            start = end
        }
        (self.samples, self.runs) = (samples, runs)
    }

    func read(_ rows: Range<Int>) -> ArraySlice<StagedSample> { samples[rows] }

    func name(_ row: Int) -> Key { samples[row].key }

    func slot(_ row: UInt32) -> UInt32 { samples[Int(row)].slot }
}
