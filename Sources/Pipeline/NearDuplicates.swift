// Pairs of images that are almost the same, without comparing every image with every other.

internal import Dataset
internal import Parallel

/// Finds near-duplicates: candidates by perceptual hash, confirmed by pixel distance.
///
/// Sorted neighbourhoods (Hernández and Stolfo, "The Merge/Purge Problem for Large Databases", 1995): hashes are
/// sorted as numbers under several rotations, and each is compared with a few that follow it. Similar hashes
/// differ in few bits, and under some rotation those are low ones. Time is n log n and memory a few bytes an
/// image, whatever the data; in exchange a few of the pairs are missed. The result does not depend on threads.
struct NearDuplicates {
    /// A pair of samples, the lower id first.
    struct Pair: Comparable {
        /// Sum of squared differences.
        var distance: Int
        var a, b: UInt32

        static func < (x: Pair, y: Pair) -> Bool { (x.distance, x.a, x.b) < (y.distance, y.a, y.b) }
    }

    /// The closest pairs, at most `Finding.exampleLimit`.
    private(set) var closest: [Pair] = []
    /// Per id: the lowest id that it is connected with through pairs, its own for most.
    private(set) var first: [UInt32]

    /// Rotations of the hash, hashes compared with each, and bits that may differ.
    static let rotations = 8
    static let window = 8
    static let bits = 8

    fileprivate struct State {
        var closest: [Pair] = []
        var first: [UInt32]
    }

    /// - Parameters:
    ///   - hashes: per id; `nil` for ids to leave out
    ///   - limit: pairs have at most this sum of squared differences
    ///   - limitOfExamples: pairs to keep
    init(
        hashes: [UInt64?], pixels: PixelStore, slots: [UInt32], limit: Int, examples: Int, workers: Int
    ) throws(PipelineError) {
        let entries = hashes.enumerated().compactMap { id, hash in
            hash.map { Entry(hash: $0, id: UInt32(id)) }
        }
        let state = Lock(State(first: (0..<UInt32(hashes.count)).map { $0 }))
        let tasks = entries.count > 1 ? Self.rotations : 0
        try forEachIndex(below: tasks, workers: workers) { (_: Int, task: Int) throws(PipelineError) in
            var comparison = Comparison(pixels: pixels, limit: limit)
            var found: [Pair] = []
            func flush() {
                state.withLock { $0.add(found, examples) }
                found.removeAll(keepingCapacity: true)
            }
            let sorted = Self.sorted(entries, rotation: task * 64 / Self.rotations)
            for index in sorted.indices {
                let entry = sorted[index]
                for next in sorted[(index + 1)...].prefix(Self.window)
                where (entry.hash ^ next.hash).nonzeroBitCount <= Self.bits {
                    let (a, b) = (min(entry.id, next.id), max(entry.id, next.id))
                    guard let distance = try comparison.distance(slots[Int(a)], slots[Int(b)]) else {
                        continue
                    }
                    found.append(Pair(distance: distance, a: a, b: b))
                }
                if found.count >= 4096 { flush() }
            }
            flush()
        }
        (closest, first) = state.withLock { state in
            for id in state.first.indices { state.first[id] = state.root(UInt32(id)) }
            return (state.closest, state.first)
        }
    }

    private struct Entry {
        var hash: UInt64
        var id: UInt32
    }

    private static func sorted(_ entries: [Entry], rotation: Int) -> [Entry] {
        var rotated = entries
        for index in rotated.indices {
            let hash = rotated[index].hash
            rotated[index].hash = hash << UInt64(rotation) | hash >> UInt64((64 - rotation) % 64)
        }
        rotated.sort { ($0.hash, $0.id) < ($1.hash, $1.id) }
        return rotated
    }
}

extension NearDuplicates.State {
    mutating func add(_ pairs: [NearDuplicates.Pair], _ limit: Int) {
        for pair in pairs {
            let (a, b) = (root(pair.a), root(pair.b))
            first[Int(max(a, b))] = min(a, b)
        }
        // Rotations find the same pairs again.
        closest = Array(Set(closest + pairs).sorted().prefix(limit))
    }

    /// The lowest id connected with `id`.
    mutating func root(_ id: UInt32) -> UInt32 {
        var id = id
        while first[Int(id)] != id {
            first[Int(id)] = first[Int(first[Int(id)])]
            id = first[Int(id)]
        }
        return id
    }
}

extension NearDuplicates.Pair: Hashable {}

/// Compares images of a store, reusing two buffers.
private struct Comparison: ~Copyable {
    private let pixels: PixelStore
    private let limit: Int
    private let a, b: UnsafeMutablePointer<UInt8>

    init(pixels: PixelStore, limit: Int) {
        self.pixels = pixels
        self.limit = limit
        a = .allocate(capacity: pixels.imageBytes)
        b = .allocate(capacity: pixels.imageBytes)
    }

    deinit {
        a.deallocate()
        b.deallocate()
    }

    /// The sum of squared differences, or `nil` above the limit.
    func distance(_ first: UInt32, _ second: UInt32) throws(PipelineError) -> Int? {
        try pixels.read(Int(first), into: a)
        try pixels.read(Int(second), into: b)
        var total = 0
        // Runs short enough for 32-bit sums, which vectorise; most pairs are told apart by the first few.
        for start in stride(from: 0, to: pixels.imageBytes, by: 256) {
            var sum: Int32 = 0
            for index in start..<min(start + 256, pixels.imageBytes) {
                let difference = Int32(a[index]) &- Int32(b[index])
                sum &+= difference &* difference
            }
            total += Int(sum)
            if total > limit { return nil }
        }
        return total
    }
}
