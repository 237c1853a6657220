// The order of an epoch: a pure function of seed, epoch and the sizes of blocks.

internal import Dataset

/// Rows of a split in the order in which an epoch visits them.
struct SampleOrder: Sendable {
    /// Row numbers, counted over all shards of the split.
    let rows: [UInt32]
    /// In window mode: for each window, its range in `rows` and its blocks.
    let windows: [Window]

    struct Window: Sendable {
        var range: Range<Int>
        var blocks: [Int]
    }

    /// Stored order, as for evaluation.
    init(sequential rows: [UInt32]) {
        self.rows = rows
        windows = []
    }

    /// Global mode: every permutation of all rows is equally likely.
    init(global rows: [UInt32], seed: UInt64, epoch: Int) {
        var rows = rows
        var random = SeededRandom(seed: seed, purpose: .shuffle, epoch: UInt64(epoch))
        Self.shuffle(&rows, 0..<rows.count, &random)
        self.rows = rows
        windows = []
    }

    /// Window mode: blocks in random order, then the rows of every `size` consecutive blocks shuffled.
    ///
    /// - Parameter blocks: the rows of each block
    init(blocks: [[UInt32]], window size: Int, shuffle: Bool, seed: UInt64, epoch: Int) {
        var order = (0..<UInt32(blocks.count)).map { $0 }
        var random = SeededRandom(seed: seed, purpose: .shuffle, epoch: UInt64(epoch))
        if shuffle { Self.shuffle(&order, 0..<order.count, &random) }
        var rows: [UInt32] = []
        var windows: [Window] = []
        for start in stride(from: 0, to: order.count, by: size) {
            let members = order[start..<min(start + size, order.count)].map { Int($0) }
            let first = rows.count
            for block in members { rows += blocks[block] }
            if shuffle { Self.shuffle(&rows, first..<rows.count, &random) }
            windows.append(Window(range: first..<rows.count, blocks: members))
        }
        self.rows = rows
        self.windows = windows
    }

    /// A Fisher–Yates shuffle with unbiased draws.
    private static func shuffle(_ rows: inout [UInt32], _ range: Range<Int>, _ random: inout SeededRandom) {
        guard range.count > 1 else { return }
        rows.withUnsafeMutableBufferPointer { rows in
            for index in stride(from: range.upperBound - 1, to: range.lowerBound, by: -1) {
                let other = range.lowerBound + Int(random.below(UInt64(index - range.lowerBound + 1)))
                rows.swapAt(index, other)
            }
        }
    }
}
