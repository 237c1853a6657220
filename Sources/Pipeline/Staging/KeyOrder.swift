// Puts staged samples into their final order, whatever the order of arrival.

internal import Dataset
internal import Shards

/// Samples by key; those of one key by content. Runs are merged, so that only the rows being read are in memory.
struct KeyOrder {
    private(set) var samples: [PlanInput] = []
    /// Per sample: the number of its class name.
    private(set) var labelNumbers: [UInt32] = []
    /// Samples that cannot be used: another has the same key.
    private(set) var repeated: [Rejection] = []
    /// Samples that have no label.
    private(set) var unlabelled: [Rejection] = []
    /// Inputs that have a key in common with another.
    private(set) var colliding: Set<Int> = []

    init(_ rows: any StagedRows, _ keys: StagedKeys, _ splits: SplitRule) throws(PipelineError) {
        samples.reserveCapacity(rows.count)
        labelNumbers.reserveCapacity(rows.count)
        var merge = try SampleMerge(rows, keys)
        var last: (key: Key, input: UInt32)?
        while let (row, name, sample) = try merge.next() {
            let inner = keys.colliding.isEmpty ? sample.key : keys.keyInInput(name, Int(sample.input))
            if let reason = splits.problem(of: inner) {
                unlabelled.append(Rejection(key: sample.key, reason: reason))
                continue
            }
            defer { last = (sample.key, sample.input) }
            if let last, last.key == sample.key {
                if last.input != sample.input { colliding.formUnion([Int(last.input), Int(sample.input)]) }
                repeated.append(Rejection(key: sample.key, reason: "another entry has the same name"))
                continue
            }
            samples.append(PlanInput(sample, row: row, givenSplit: splits.split(of: inner, sample)))
            labelNumbers.append(sample.labelNumber)
        }
    }

    /// - Parameter labels: by the numbers of class names
    mutating func setLabels(_ labels: [Label]) {
        for id in samples.indices { samples[id].label = labels[Int(labelNumbers[id])] }
    }
}

/// All runs as one, in the order of `StagedSample.precedes` of their final keys.
private struct SampleMerge {
    private typealias Head = (row: Int, run: Int, name: Key, sample: StagedSample)

    private let runs: [StagedRun]
    private let keys: StagedKeys
    private var reader: StagedReader
    /// The next sample of each run: a binary heap, the first at its root.
    private var heads: [Head] = []

    init(_ rows: any StagedRows, _ keys: StagedKeys) throws(PipelineError) {
        (runs, self.keys, reader) = (rows.runs, keys, StagedReader(rows))
        for run in runs.indices {
            if let head = try head(runs[run].rows.lowerBound, run) { heads.append(head) }
        }
        for index in heads.indices.reversed() { sink(index) }
    }

    private mutating func head(_ row: Int, _ run: Int) throws(PipelineError) -> Head? {
        guard row < runs[run].rows.upperBound else { return nil }
        var sample = try reader.sample(row, run: run)
        let name = sample.key
        sample.key = keys.key(name, runs[run].input)
        return (row, run, name, sample)
    }

    /// - Returns: the row, its name in its input, and the sample with its final key
    mutating func next() throws(PipelineError) -> (row: Int, name: Key, sample: StagedSample)? {
        guard let first = heads.first else { return nil }
        if let next = try head(first.row + 1, first.run) {
            heads[0] = next
        } else if let last = heads.popLast(), !heads.isEmpty {
            heads[0] = last
        }
        sink(0)
        return (first.row, first.name, first.sample)
    }

    private mutating func sink(_ index: Int) {
        var index = index
        while true {
            var least = index
            for child in [2 * index + 1, 2 * index + 2] where child < heads.count {
                if StagedSample.precedes(heads[child].sample, heads[least].sample) { least = child }
            }
            if least == index { return }
            heads.swapAt(index, least)
            index = least
        }
    }
}
