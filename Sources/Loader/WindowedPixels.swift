// Window mode: only the blocks of the current windows are in memory.

internal import Dataset
internal import Parallel
internal import Shards
internal import Storage
internal import Synchronization

/// The pixels of one epoch, window by window. Every worker that needs a window helps to decode it. It is freed
/// when all of its rows have been delivered.
///
/// Places beyond the end of the order wrap around to its first windows. Those are decoded again rather than kept
/// in memory for a whole epoch: the second round counts as another use of a window.
final class WindowedEpoch: PixelSource {
    private let rows: SplitRows
    private let order: SampleOrder
    /// Per use of a window: how many rows this rank will take.
    private let wanted: [Int: Int]
    /// Per use: the window, while it is in memory.
    private let windows: Lock<[Int: Window]>

    /// - Parameter places: all places that this rank takes in the epoch
    init(_ rows: SplitRows, _ order: SampleOrder, places: some Sequence<Range<Int>>) {
        self.rows = rows
        self.order = order
        var wanted: [Int: Int] = [:]
        for range in places {
            Self.cut(range, order) { wanted[$0.use, default: 0] += $0.places.count }
        }
        self.wanted = wanted
        windows = Lock([:])
    }

    /// Number of windows in memory.
    var held: Int { windows.withLock { $0.count } }

    /// Consecutive places within one window.
    private struct Stretch {
        let window: Int
        /// Number of the window, counted over all rounds through the order.
        let use: Int
        let places: Range<Int>
    }

    /// Cuts `places` at the ends of windows.
    private static func cut(
        _ places: Range<Int>, _ order: SampleOrder, _ body: (Stretch) throws -> Void
    ) rethrows {
        var place = places.lowerBound
        while place < places.upperBound {
            let (round, first) = place.quotientAndRemainder(dividingBy: order.rows.count)
            let window = window(of: first, order)
            let end = min(first + places.upperBound - place, order.windows[window].range.upperBound)
            try body(
                Stretch(window: window, use: round * order.windows.count + window, places: first..<end))
            place += end - first
        }
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
        var index = 0
        try Self.cut(places, order) { stretch in
            let window = open(stretch)
            measures.mark(.collate)
            try window.decode(rows)
            measures.mark(.decode)
            for place in stretch.places {
                let row = Int(order.rows[place])
                body(index, row, window.pixels(ofRow: row, rows.imageBytes))
                index += 1
            }
            if window.take(stretch.places.count) { windows.withLock { $0[stretch.use] = nil } }
        }
    }

    private func open(_ stretch: Stretch) -> Window {
        windows.withLock { windows in
            if let window = windows[stretch.use] { return window }
            let blocks = order.windows[stretch.window].blocks
            let window = Window(rows, blocks, wanted: wanted[stretch.use] ?? 0)
            windows[stretch.use] = window
            return window
        }
    }

    /// Decoded blocks of one window.
    private final class Window: @unchecked Sendable {
        private let memory: UnsafeMutablePointer<UInt8>
        /// Blocks in order of their rows, with the offset of their pixels.
        private let blocks: [(block: SplitRows.Block, offset: Int)]
        private let nextBlock = Atomic<Int>(0)
        private let remaining: Atomic<Int>
        private let decoded: Monitor<(count: Int, failure: (any Error)?)>

        init(_ rows: SplitRows, _ numbers: [Int], wanted: Int) {
            var (offset, blocks): (Int, [(block: SplitRows.Block, offset: Int)]) = (0, [])
            for number in numbers.sorted() {
                blocks.append((rows.blocks[number], offset))
                offset += rows.blocks[number].rows.count * rows.imageBytes
            }
            self.blocks = blocks
            memory = allocateLarge(offset, of: UInt8.self)
            remaining = Atomic(wanted)
            decoded = Monitor((0, nil))
        }

        deinit { memory.deallocate() }

        /// Decodes blocks that no other worker has begun, then waits until all are decoded.
        func decode(_ rows: SplitRows) throws {
            // Most calls find everything decoded and need no decoder.
            if nextBlock.load(ordering: .relaxed) < blocks.count { decodeRemaining(rows) }
            let total = blocks.count
            let failure: (any Error)?? = decoded.wait(.consumers) { state in
                state.count == total ? .some(state.failure) : nil
            }
            if let failure = failure ?? nil { throw failure }
        }

        private func decodeRemaining(_ rows: SplitRows) {
            let decoder = BlockDecoder()
            while true {
                let index = nextBlock.wrappingAdd(1, ordering: .relaxed).oldValue
                guard index < blocks.count else { return }
                var failure: (any Error)?
                do {
                    try rows.read(
                        blocks[index].block, into: memory + blocks[index].offset, using: decoder)
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

        /// Counts delivered rows; `true` once all have been delivered.
        func take(_ count: Int) -> Bool {
            remaining.wrappingSubtract(count, ordering: .relaxed).newValue == 0
        }
    }
}
