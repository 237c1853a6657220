// Which images of one dataset are, or almost are, images of another.

package import Dataset
package import Shards

/// Images that two datasets share, or that are in one dataset more than once.
package struct DatasetLeaks: Sendable {
    /// An image, and the closest image that it repeats.
    package struct Match: Sendable {
        package let image, original: ProvenanceRow
        /// Root mean square of the differences of their pixels, in gray levels; 0 if they are identical.
        package let levels: Double
        /// Images within the distance, this original among them.
        package let count: Int
    }

    /// The closest first.
    package let matches: [Match]
    /// Number of images compared, of the first and the second dataset.
    package let examined: [Int]
    /// The size at which they were compared.
    package let size: ImageSize
    /// The distance within which all matches were found; less than asked for, if there were too many.
    package let levels: Double

    /// Finds the images of `other` that are in `first`; without `other`, those of `first` that repeat one with a lower id.
    ///
    /// - Parameters:
    ///   - levels: the largest distance; 0 for identical images alone
    ///   - memory: bytes of pixels to hold; those beyond it go to a scratch file
    package init(
        in first: DatasetPart, of other: DatasetPart?, levels: Double, memory: Int, workers: Int
    ) throws {
        let images = try DatasetImages([first] + (other.map { [$0] } ?? []), memory: memory, workers: workers)
        let items = images.items
        size = images.size
        examined = [items.count { $0.part == 0 }, items.count { $0.part == 1 }]
        let inside = other == nil
        let duplicates = Plan.duplicates(items.lazy.map(\.pixels))
        // One of several identical images stands for all.
        var sets = [[Int]](repeating: [], count: items.count)
        var first = Array(items.indices)
        for set in duplicates {
            sets[set[0]] = set
            for id in set { first[id] = set[0] }
        }
        for id in items.indices where first[id] == id && sets[id].isEmpty { sets[id] = [id] }
        let parts = sets.map { set in
            (set.contains { items[$0].part == 0 }, set.contains { items[$0].part == 1 })
        }
        let near = try NearPairs(
            items.indices.filter { first[$0] == $0 && !items[$0].isBlank }.map {
                (UInt32($0), items[$0].slot)
            },
            in: images.store, size: size, levels: levels, limit: NearPairs.limit(samples: items.count),
            workers: workers
        ) { a, b in
            let (a, b) = (parts[Int(a)], parts[Int(b)])
            return inside || a.0 && b.1 || b.0 && a.1
        }
        self.levels = near.levels
        var neighbours: [Int: [(distance: Int, set: Int)]] = [:]
        for pair in near.pairs {
            neighbours[Int(pair.a), default: []].append((pair.distance, Int(pair.b)))
            neighbours[Int(pair.b), default: []].append((pair.distance, Int(pair.a)))
        }
        matches = items.indices.filter { inside || items[$0].part == 1 }.compactMap { id -> (Int, Match)? in
            let known = [(distance: 0, set: first[id])] + (neighbours[first[id]] ?? [])
            let originals = known.flatMap { near in
                sets[near.set].filter { inside ? $0 < id : items[$0].part == 0 }.map { (near.distance, $0) }
            }
            guard let closest = originals.min(by: <) else { return nil }
            return (
                closest.0,
                Match(
                    image: items[id].row, original: items[closest.1].row,
                    levels: (Double(closest.0) / Double(images.size.area)).squareRoot(),
                    count: originals.count)
            )
        }.sorted { a, b in a.0 == b.0 ? a.1.image.key < b.1.image.key : a.0 < b.0 }.map(\.1)
    }
}
