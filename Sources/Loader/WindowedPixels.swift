// Window mode: only the blocks that are being mixed are in memory.

internal import Dataset
internal import Parallel
internal import Shards
internal import Synchronization

/// The pixels of one epoch, window by window. Whoever needs a window helps to decode it; it is
/// forgotten when all of its rows have been delivered.
final class WindowedEpoch: PixelSource {
    private let rows: SplitRows
    private let order: SampleOrder
    /// How many rows of each window this rank will take.
    private let wanted: [Int]
    private let windows: Lock<[Int: Window]>

    /// - Parameter places: what this rank takes in the whole epoch, wrapped into the order
    init(_ rows: SplitRows, _ order: SampleOrder, places: some Sequence<Range<Int>>) {
        self.rows = rows
        self.order = order
        var wanted = Array(repeating: 0, count: order.windows.count)
        for range in places {
            for place in range { wanted[Self.window(of: place % order.rows.count, order)] += 1 }
        }
        self.wanted = wanted
        windows = Lock([:])
    }

    private static func window(of place: Int, _ order: SampleOrder) -> Int {
        // Windows are equal in blocks, so nearly equal in rows.
        var index = min(place * order.windows.count / order.rows.count, order.windows.count - 1)
        while place < order.windows[index].range.lowerBound { index -= 1 }
        while place >= order.windows[index].range.upperBound { index += 1 }
        return index
    }

    func forEach(
        _ places: Range<Int>, _ measures: inout WorkMeasures,
        _ body: (_ index: Int, _ row: Int, _ pixels: UnsafePointer<UInt8>) -> Void
    ) throws {
        var place = places.lowerBound
        while place < places.upperBound {
            let wrapped = place % order.rows.count
            let number = Self.window(of: wrapped, order)
            let range = order.windows[number].range
            let count = min(places.upperBound - place, range.upperBound - wrapped)
            let window = windows.withLock { windows in
                let window =
                    windows[number] ?? Window(rows, order.windows[number].blocks, wanted: wanted[number])
                windows[number] = window
                return window
            }
            measures.mark(.collate)
            try window.decode(rows)
            measures.mark(.decode)
            for offset in 0..<count {
                let row = Int(order.rows[wrapped + offset])
                body(place + offset - places.lowerBound, row, window.pixels(ofRow: row, rows.imageBytes))
            }
            if window.take(count) { windows.withLock { $0[number] = nil } }
            place += count
        }
    }

    /// Decoded blocks of one window.
    private final class Window: @unchecked Sendable {
        private let memory: UnsafeMutablePointer<UInt8>
        /// Blocks by first row, with the place of their pixels.
        private let blocks: [(block: SplitRows.Block, offset: Int)]
        private let nextBlock = Atomic<Int>(0)
        private let remaining: Atomic<Int>
        private let decoded: Monitor<(count: Int, failure: ShardError?)>

        init(_ rows: SplitRows, _ numbers: [Int], wanted: Int) {
            var (offset, blocks): (Int, [(block: SplitRows.Block, offset: Int)]) = (0, [])
            for number in numbers.sorted() {
                blocks.append((rows.blocks[number], offset))
                offset += rows.blocks[number].rows.count * rows.imageBytes
            }
            self.blocks = blocks
            memory = .allocate(capacity: offset)
            remaining = Atomic(wanted)
            decoded = Monitor((0, nil))
        }

        deinit { memory.deallocate() }

        /// Decodes blocks nobody else has begun, then waits for the others.
        func decode(_ rows: SplitRows) throws(ShardError) {
            // Most calls find everything decoded, and should not pay for a decompressor.
            if nextBlock.load(ordering: .relaxed) < blocks.count { decodeRemaining(rows) }
            let total = blocks.count
            let failure: ShardError?? = decoded.wait(.consumers) { state in
                state.count == total ? .some(state.failure) : nil
            }
            if let failure = failure ?? nil { throw failure }
        }

        private func decodeRemaining(_ rows: SplitRows) {
            let decompressor = ZstdDecompressor()
            while true {
                let index = nextBlock.wrappingAdd(1, ordering: .relaxed).oldValue
                guard index < blocks.count else { return }
                var failure: ShardError?
                do throws(ShardError) {
                    try rows.read(
                        blocks[index].block, into: memory + blocks[index].offset, using: decompressor)
                } catch { failure = error }
                decoded.withLock { state in
                    state.count += 1
                    state.failure = state.failure ?? failure
                }
                decoded.wakeAll()
            }
        }

        func pixels(ofRow row: Int, _ imageBytes: Int) -> UnsafePointer<UInt8> {
            var (low, high) = (0, blocks.count - 1)
            while low < high {
                let middle = (low + high + 1) / 2
                if blocks[middle].block.rows.lowerBound <= row { low = middle } else { high = middle - 1 }
            }
            let (block, offset) = blocks[low]
            return UnsafePointer(memory + offset + (row - block.rows.lowerBound) * imageBytes)
        }

        /// Counts delivered rows; `true` when the last is gone.
        func take(_ count: Int) -> Bool {
            remaining.wrappingSubtract(count, ordering: .relaxed).newValue == 0
        }
    }
}
