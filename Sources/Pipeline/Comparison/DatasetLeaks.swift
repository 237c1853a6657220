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
        /// Images within the distance: of the first dataset, or all others, if there is only one.
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
        size = images.shape.size
        examined = [items.count { $0.part == 0 }, items.count { $0.part == 1 }]
        let inside = other == nil
        let identical = IdenticalSets(Plan.duplicates(items.lazy.map(\.pixels)))
        let representatives = items.indices.filter { identical.first($0) == $0 }
        // Of each set: how many images the first dataset has, and whether the other has any. The first dataset's have
        // the lower numbers.
        let known = Dictionary(
            uniqueKeysWithValues: representatives.map { id in
                let members = identical.members(id)
                let count = members.count { items[$0].part == 0 }
                return (id, (count: count, hasOther: count < members.count))
            })
        let near = try NearPairs(
            representatives.filter { !items[$0].isBlank }.map {
                (UInt32($0), items[$0].slot)
            },
            in: images.store, shape: images.shape, levels: levels,
            needsContrast: Subject(plain: items.lazy.map { Int($0.plain) }).needsContrast,
            limit: NearPairs.limit(samples: items.count),
            workers: workers
        ) { a, b in
            guard !inside, let a = known[Int(a)], let b = known[Int(b)] else { return true }
            return a.count > 0 && b.hasOther || b.count > 0 && a.hasOther
        }
        self.levels = near.levels
        let neighbours = near.neighbours
        let area = Double(images.shape.byteCount)
        matches = representatives.flatMap { set -> [(Int, Match)] in
            let near = ([(distance: 0, set: set)] + (neighbours[set] ?? []))
                .filter { known[$0.set]?.count ?? 0 > 0 }.sorted(by: <)
            let count = near.reduce(inside ? -1 : 0) { $0 + (known[$1.set]?.count ?? 0) }
            return identical.members(set).filter { inside || items[$0].part == 1 }.compactMap { id in
                guard let closest = near.first(where: { !inside || $0.set < id }) else { return nil }
                return (
                    closest.distance,
                    Match(
                        image: items[id].row, original: items[closest.set].row,
                        levels: (Double(closest.distance) / area).squareRoot(), count: count)
                )
            }
        }.sorted { a, b in a.0 == b.0 ? a.1.image.key < b.1.image.key : a.0 < b.0 }.map(\.1)
    }
}

extension NearPairs {
    /// The other images of each image's pairs.
    fileprivate var neighbours: [Int: [(distance: Int, set: Int)]] {
        var neighbours: [Int: [(distance: Int, set: Int)]] = [:]
        for pair in pairs {
            neighbours[Int(pair.a), default: []].append((pair.distance, Int(pair.b)))
            neighbours[Int(pair.b), default: []].append((pair.distance, Int(pair.a)))
        }
        return neighbours
    }
}
