// Pairs of images that are almost the same, without comparing every image with every other.

internal import CKernels
internal import Dataset
internal import Imaging
internal import Parallel

/// Finds near-duplicates: candidates by perceptual hash, confirmed by pixel distance.
///
/// The sorted-neighbourhood method (Hernández and Stolfo, "The Merge/Purge Problem for Large Databases", 1995):
/// hashes are rotated by several amounts and sorted as numbers, and each is compared with the few that follow it.
/// Similar hashes differ in few bits, and in some rotation these are low bits. Time is n log n and memory a few bytes
/// per image, whatever the data, but a few pairs are missed. The number of threads does not affect the result.
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
    /// Per id: the lowest id that pairs connect it with; its own if it is in no pair.
    private(set) var first: [UInt32]

    /// Number of rotations, of following hashes to compare with, and of bits that may differ.
    static let rotations = 4
    static let window = 16
    static let bits = 6

    fileprivate struct State {
        var closest: [Pair] = []
        var first: [UInt32]
    }

    /// - Parameters:
    ///   - samples: all samples, by id
    ///   - isLeftOut: per id, whether to skip the sample
    ///   - levels: the largest distance of a pair, root mean square in gray levels
    ///   - examples: number of pairs to keep
    init(
        _ samples: [StagedSample], isLeftOut: [Bool], pixels: PixelStore, levels: Double, examples: Int,
        workers: Int
    ) throws(PipelineError) {
        let entries = samples.indices.filter { !isLeftOut[$0] }.map { id in
            Entry(measures: samples[id].measures, id: UInt32(id), slot: samples[id].slot)
        }
        let meanSquare = Int(levels * levels)
        let limit = Int(levels * levels * Double(pixels.imageBytes))
        let state = Lock(State(first: samples.indices.map { UInt32($0) }))
        let tasks = entries.count > 1 ? Self.rotations : 0
        try forEachIndex(below: tasks, workers: workers) { (_: Int, task: Int) throws(PipelineError) in
            let comparison = Comparison(pixels: pixels, limit: limit)
            var found: [Pair] = []
            func flush() {
                state.withLock { $0.add(found, examples) }
                found.removeAll(keepingCapacity: true)
            }
            let sorted = Self.sorted(entries, rotation: task * 64 / Self.rotations)
            for index in sorted.indices {
                let entry = sorted[index]
                for other in index + 1..<max(min(index + 1 + Self.window, sorted.count), index + 1) {
                    let next = sorted[other]
                    guard (entry.measures.hash ^ next.measures.hash).nonzeroBitCount <= Self.bits,
                        entry.measures.leastMeanSquare(to: next.measures) <= meanSquare,
                        let distance = try comparison.distance(entry.slot, next.slot)
                    else { continue }
                    let (a, b) = (min(entry.id, next.id), max(entry.id, next.id))
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
        var measures: ImageMeasures
        var id, slot: UInt32
    }

    /// The entries, ordered by the upper half of their rotated hashes, then by id. Plain numbers are sorted,
    /// which is several times faster than sorting entries.
    private static func sorted(_ entries: [Entry], rotation: Int) -> [Entry] {
        var order = entries.indices.map { index in
            let hash = entries[index].measures.hash
            let rotated = hash << UInt64(rotation) | hash >> UInt64((64 - rotation) % 64)
            return rotated & 0xFFFF_FFFF_0000_0000 | UInt64(index)
        }
        order.sort()
        return order.map { entries[Int($0 & 0xFFFF_FFFF)] }
    }
}

extension NearDuplicates.State {
    mutating func add(_ pairs: [NearDuplicates.Pair], _ limit: Int) {
        for pair in pairs {
            let (a, b) = (root(pair.a), root(pair.b))
            first[Int(max(a, b))] = min(a, b)
        }
        // Several rotations may find the same pair.
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
        let x = try pixels.pixels(Int(first), orReadInto: a)
        let y = try pixels.pixels(Int(second), orReadInto: b)
        let distance = Int(kernels_squared_distance(x, y, pixels.imageBytes, UInt64(limit)))
        return distance <= limit ? distance : nil
    }
}
