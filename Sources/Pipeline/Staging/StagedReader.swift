// Reads staged rows in blocks, one of each run.

/// Reads rows that ascend within each run, such as those of samples in the order of their keys.
struct StagedReader {
    private let rows: any StagedRows
    private let runs: [StagedRun]
    private let starts: [Int]
    /// Per run: the rows that were read last, and the first of them.
    private var blocks: [(first: Int, samples: ArraySlice<StagedSample>)]

    init(_ rows: any StagedRows) {
        (self.rows, runs) = (rows, rows.runs)
        starts = runs.map(\.rows.lowerBound)
        blocks = Array(repeating: (0, []), count: runs.count)
    }

    /// - Parameter run: its number, if known
    mutating func sample(_ row: Int, run: Int? = nil) throws(PipelineError) -> StagedSample {
        let run = run ?? starts.lastIndex(notAbove: row)
        let index = row - blocks[run].first
        if index >= 0, index < blocks[run].samples.count {
            return blocks[run].samples[blocks[run].samples.startIndex + index]
        }
        let samples = try rows.read(row..<min(row + rows.step, runs[run].rows.upperBound))
        blocks[run] = (row, samples)
        return samples[samples.startIndex]
    }
}
