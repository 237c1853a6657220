// All pairs of images that are almost the same.

internal import CKernels
internal import Dataset
internal import Parallel
internal import Synchronization

/// Every pair of samples within a distance: the same pairs as a comparison of every image with every other.
struct NearPairs: Sendable {
    /// A pair of samples, the lower id first.
    struct Pair: Comparable, Sendable {
        /// Sum of squared differences.
        var distance: Int
        var a, b: UInt32

        static func < (x: Pair, y: Pair) -> Bool { (x.distance, x.a, x.b) < (y.distance, y.a, y.b) }
    }

    /// The closest first.
    private(set) var pairs: [Pair] = []
    /// The distance within which all pairs were found: root mean square of the differences, in gray levels. Less than
    /// what was asked for if there were too many pairs to hold.
    private(set) var levels: Double

    /// The most samples to compare: about 150 bytes each are held.
    static let sampleLimit = 10_000_000

    /// The result if none were compared.
    static let none = NearPairs(levels: 0)

    private init(levels: Double) { self.levels = levels }

    /// The most pairs to hold: 16 bytes each.
    static func limit(samples: Int) -> Int { max(1_000_000, 8 * samples) }

    /// - Parameters:
    ///   - samples: id and slot of each sample to compare
    ///   - levels: the largest distance of a pair
    ///   - needsContrast: whether the distance must also be at most three quarters of the standard deviation of each
    ///     image's own levels: of images without contrast, such as clear skies, any two are within a distance
    ///   - limit: the most pairs; if there are more, only those within half the distance are searched, and so on
    ///   - isWanted: whether a pair of ids counts; by default, all do
    ///   - isCancelled: polled while searching; once it returns true, ``PipelineError/interrupted`` is thrown
    init(
        _ samples: [(id: UInt32, slot: UInt32)], in pixels: PixelStore, shape: ImageShape, levels: Double,
        needsContrast: Bool = false, limit: Int, workers: Int,
        isWanted: @escaping @Sendable (UInt32, UInt32) -> Bool = { _, _ in true },
        isCancelled: @escaping @Sendable () -> Bool = { false }
    ) throws(PipelineError) {
        self.levels = levels
        guard samples.count > 1 else { return }
        let slots = samples.map(\.slot)
        let leaves = try FeatureLeaves(
            slots, in: pixels, projection: try BlockProjection(slots, in: pixels, shape: shape),
            workers: workers)
        while true {
            if let pairs = try Self.search(
                samples, leaves, pixels, self.levels, needsContrast, limit, workers, isWanted, isCancelled)
            {
                self.pairs = pairs
                return
            }
            self.levels /= 2
        }
    }

    /// - Returns: `nil` if there are more than `limit` pairs
    private static func search(
        _ samples: [(id: UInt32, slot: UInt32)], _ leaves: FeatureLeaves, _ pixels: PixelStore,
        _ levels: Double, _ needsContrast: Bool, _ limit: Int, _ workers: Int,
        _ isWanted: @escaping @Sendable (UInt32, UInt32) -> Bool,
        _ isCancelled: @escaping @Sendable () -> Bool
    ) throws(PipelineError) -> [Pair]? {
        let most = Int(levels * levels * Double(pixels.imageBytes))
        // Features are rounded, by far less than this.
        let bound = Float(most) * 1.001 + 1
        let all = Lock<[Pair]>([])
        let count = Atomic<Int>(0)
        try forEachIndex(below: leaves.leaves.count, workers: workers) {
            (_: Int, leaf: Int) throws(PipelineError) in
            guard count.load(ordering: .relaxed) <= limit else { return }
            if isCancelled() { throw .interrupted }
            let first = ImageBuffer(pixels)
            let second = ImageBuffer(pixels)
            var found: [Pair] = []
            try leaves.forEachPair(ofLeaf: leaf, limit: bound) { (x, y) throws(PipelineError) in
                let (x, y) = (samples[Int(x)], samples[Int(y)])
                guard isWanted(x.id, y.id) else { return }
                let distance = Int(
                    kernels_squared_distance(
                        try first.pixels(x.slot), try second.pixels(y.slot), pixels.imageBytes, UInt64(most)))
                guard distance <= most, count.load(ordering: .relaxed) <= limit else { return }
                if needsContrast {
                    let hasContrast = try first.hasContrast(x.slot, for: distance)
                    guard hasContrast, try second.hasContrast(y.slot, for: distance) else { return }
                }
                count.wrappingAdd(1, ordering: .relaxed)
                found.append(Pair(distance: distance, a: min(x.id, y.id), b: max(x.id, y.id)))
            }
            all.withLock { $0 += found }
        }
        return count.load(ordering: .relaxed) > limit ? nil : all.withLock { $0.sorted() }
    }

    /// The same pairs after samples have gone.
    ///
    /// - Parameter newIDs: per id, the new one, or that of a sample with the same pixels; `nil` if all of them have gone
    mutating func renumber(_ newIDs: [UInt32?]) {
        pairs = pairs.compactMap { pair in
            guard let a = newIDs[Int(pair.a)], let b = newIDs[Int(pair.b)] else { return nil }
            return Pair(distance: pair.distance, a: min(a, b), b: max(a, b))
        }.sorted()
    }
}
