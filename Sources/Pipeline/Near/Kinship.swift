// Which samples are of one kind: identical, or connected by near-duplicates.

internal import CKernels
internal import Dataset
internal import Shards

/// Sets of samples that the split keeps together: their images are the same or nearly the same, or a rule says so.
struct Kinship {
    /// Of two samples or more; by their first ids, which ascend.
    let sets: [[Int]]
    /// All pairs, whether they bind or not.
    let near: NearPairs

    /// Chains of pairs can connect images that have nothing in common, so no set has more than this share of all
    /// samples. The closest pairs bind first.
    static let largestShare = 0.1
    /// Sets of so many samples are no chains.
    static let smallSet = 10

    /// - Parameters:
    ///   - count: number of samples
    ///   - duplicates: sets of samples with identical pixels
    ///   - near: pairs of samples, of which one stands for all identical ones
    ///   - binds: whether near-duplicates stay together; identical images always do
    ///   - groups: sets that stay together for other reasons
    init(_ count: Int, duplicates: [[Int]], near: NearPairs, binds: Bool, groups: [[Int]] = []) {
        var sets = DisjointSets(count)
        for group in duplicates { for id in group.dropFirst() { sets.join(group[0], id) } }
        let limit = max(Int(Self.largestShare * Double(count)), Self.smallSet)
        for pair in near.pairs where binds {
            let (a, b) = (Int(pair.a), Int(pair.b))
            // Sets that are too large already, by identical images, must not grow.
            if sets.first(a) != sets.first(b), sets.size(a) + sets.size(b) <= limit { sets.join(a, b) }
        }
        // Last, so that the size of a group does not keep near-duplicates of its samples from binding.
        for group in groups { for id in group.dropFirst() { sets.join(group[0], id) } }
        self.sets = sets.sets()
        self.near = near
    }

    /// What the manifest says about near-duplicates.
    func summary(
        _ splits: [Split], _ table: SampleTable, pixels: PixelStore
    ) throws(PipelineError) -> Manifest.NearDuplicates {
        let related = Set(near.pairs.lazy.flatMap { [Int($0.a), Int($0.b)] })
        let largest = sets.filter { $0.contains(where: related.contains) }.max { $0.count < $1.count } ?? []
        return .init(
            levels: near.levels, pairs: near.pairs.count,
            crossing: near.pairs.count { splits[Int($0.a)] != splits[Int($0.b)] },
            largest: largest.count,
            diameter: try Self.diameter(largest.map(table.slot), in: pixels))
    }

    /// The largest distance of two of these images, in levels (root mean square); of a hundred of them, if there are
    /// more.
    private static func diameter(_ slots: [UInt32], in pixels: PixelStore) throws(PipelineError) -> Double {
        let some = slots.prefix(100)
        let first = ImageBuffer(pixels)
        let second = ImageBuffer(pixels)
        var farthest: UInt64 = 0
        for (index, a) in some.enumerated() {
            for b in some.dropFirst(index + 1) {
                let distance = kernels_squared_distance(
                    try first.pixels(a), try second.pixels(b), pixels.imageBytes, .max)
                farthest = max(farthest, distance)
            }
        }
        return (Double(farthest) / Double(pixels.imageBytes)).squareRoot()
    }
}
