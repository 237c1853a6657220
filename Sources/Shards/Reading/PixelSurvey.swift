// What a dataset looks like: mean images, a histogram, and the pixels of chosen samples, in one pass.

package import Dataset
internal import Parallel
internal import Storage

/// Sums over the pixels of a dataset, and the images of chosen rows.
///
/// Measures all blocks of a small dataset, and evenly spaced blocks of a large one, which are fair samples because
/// rows are in random order. Apart from these, only blocks with chosen rows are read.
package struct PixelSurvey: Sendable {
    /// A row of a shard.
    package struct Place: Sendable, Hashable {
        package var split: Split
        package var shard: Int
        package var slot: Int

        package init(split: Split, shard: Int, slot: Int) {
            self.split = split
            self.shard = shard
            self.slot = slot
        }
    }

    /// Per class, for the first classes in label order: the sum of each pixel over all images, row-major.
    package private(set) var sums: [[UInt64]]
    /// Number of measured images of each class, for all classes.
    package private(set) var counts: [Int]
    /// Number of pixels of each gray level, 0...255.
    package private(set) var histogram = [Int](repeating: 0, count: 256)
    /// Row-major pixels of the chosen rows, channels interleaved, of the size of `shape`.
    package private(set) var images: [Place: [UInt8]] = [:]
    /// Of the chosen images and the sums: the dataset's images, made smaller by a whole factor if they are very large.
    package private(set) var shape: ImageShape
    private var factor: Int

    /// A side in pixels that people look at; larger images would take gigabytes.
    package static let largestSide = 512

    /// Number of measured images.
    package var measured: Int { counts.reduce(0, +) }

    /// Reads `dataset` on up to `workers` threads.
    ///
    /// - Parameters:
    ///   - places: rows whose images are wanted
    ///   - means: the largest number of classes to average
    ///   - budget: bytes of pixels to measure, rounded up to blocks; a larger dataset is measured in part
    ///   - largestSide: in pixels, of the images that are kept
    package init(
        of dataset: PreparedDataset, places: Set<Place>, means: Int, budget: Int, workers: Int,
        largestSide: Int = PixelSurvey.largestSide
    ) throws {
        let shards = dataset.manifest.shards
        let chosen = Self.choose(shards.map(\.record), image: dataset.manifest.image, budget: budget)
        let classes = dataset.manifest.classes.count
        let empty = PixelSurvey(
            dataset.manifest.image, classes: classes, means: min(means, classes), largestSide: largestSide)
        self = empty
        var wanted: [String: [Int]] = [:]
        for place in places {
            let records = dataset.manifest[place.split].shards
            guard records.indices.contains(place.shard) else { continue }
            wanted[records[place.shard].name, default: []].append(place.slot)
        }
        let asked = wanted
        let merged = Lock(self)
        try forEachIndex(below: shards.count, workers: workers) { (_, index) in
            let (split, number, record) = shards[index]
            guard !chosen[index].isEmpty || asked[record.name] != nil else { return }
            var part = empty
            try part.read(
                ShardReader(dataset, split, number), split, number,
                slots: asked[record.name] ?? [], chosen: chosen[index])
            let result = part
            merged.withLock { $0.add(result) }
        }
        self = merged.withLock { $0 }
    }

    /// The blocks to measure in each shard: as many as the budget allows, evenly spaced.
    private static func choose(_ shards: [ShardRecord], image: ImageShape, budget: Int) -> [Set<Int>] {
        let blocks = shards.reduce(0) { $0 + $1.blockCount }
        let bytes = shards.reduce(0) { $0 + $1.samples } * image.byteCount
        let share = min(1, Double(budget) / Double(max(bytes, 1)))
        let count = min(Int((Double(blocks) * share).rounded(.up)), blocks)
        let chosen = Set((0..<count).map { $0 * blocks / count })
        var first = 0
        return shards.map { shard in
            defer { first += shard.blockCount }
            return Set((0..<shard.blockCount).filter { chosen.contains(first + $0) })
        }
    }

    private init(_ image: ImageShape, classes: Int, means: Int, largestSide: Int) {
        factor = (max(image.size.width, image.size.height) - 1) / largestSide + 1
        shape = ImageShape(
            size: ImageSize(
                width: (image.size.width - 1) / factor + 1, height: (image.size.height - 1) / factor + 1),
            channels: image.channels)
        sums = Array(repeating: Array(repeating: 0, count: shape.byteCount), count: means)
        counts = Array(repeating: 0, count: classes)
    }

    private mutating func read(
        _ reader: ShardReader, _ split: Split, _ shard: Int, slots: [Int], chosen: Set<Int>
    ) throws {
        let labels = try reader.identities().labels
        let blocks = reader.record.blockCount
        let area = reader.shape.byteCount
        let slotsByBlock = Dictionary(grouping: slots) { $0 / reader.record.blockSamples }
        let decoder = BlockDecoder()
        var pixels: [UInt8] = []
        for block in 0..<blocks where chosen.contains(block) || slotsByBlock[block] != nil {
            let rows = reader.record.rows(ofBlock: block)
            if pixels.count != rows.count * area { pixels = Array(repeating: 0, count: rows.count * area) }
            try pixels.withUnsafeMutableBufferPointer { (buffer) in
                try reader.readBlock(block, into: UnsafeMutableRawBufferPointer(buffer), using: decoder)
            }
            if chosen.contains(block) { measure(pixels, labels[rows], reader.shape) }
            for slot in slotsByBlock[block] ?? [] where rows.contains(slot) {
                let start = (slot - rows.lowerBound) * area
                images[Place(split: split, shard: shard, slot: slot)] = pixels.withUnsafeBufferPointer {
                    reduced(UnsafeBufferPointer(rebasing: $0[start..<start + area]), reader.shape)
                }
            }
        }
    }

    /// An image of a smaller size: the means of squares of pixels, which are smaller at the right and at the bottom.
    private func reduced(_ image: UnsafeBufferPointer<UInt8>, _ original: ImageShape) -> [UInt8] {
        if factor == 1 { return Array(image) }
        let (width, height, channels) = (original.size.width, original.size.height, original.channels)
        var result: [UInt8] = []
        result.reserveCapacity(shape.byteCount)
        for top in stride(from: 0, to: height, by: factor) {
            for left in stride(from: 0, to: width, by: factor) {
                let (bottom, right) = (min(top + factor, height), min(left + factor, width))
                for channel in 0..<channels {
                    var sum = 0
                    for y in top..<bottom {
                        for x in left..<right { sum += Int(image[(y * width + x) * channels + channel]) }
                    }
                    result.append(UInt8(sum / ((bottom - top) * (right - left))))
                }
            }
        }
        return result
    }

    private mutating func measure(_ pixels: [UInt8], _ labels: ArraySlice<UInt16>, _ original: ImageShape) {
        let area = original.byteCount
        pixels.withUnsafeBufferPointer { pixels in
            for (row, label) in labels.enumerated() {
                let image = UnsafeBufferPointer(rebasing: pixels[row * area..<(row + 1) * area])
                counts[Int(label)] += 1
                guard Int(label) < sums.count else { continue }
                let reduced = factor == 1 ? nil : reduced(image, original)
                sums[Int(label)].withUnsafeMutableBufferPointer { sums in
                    for index in sums.indices { sums[index] &+= UInt64(reduced?[index] ?? image[index]) }
                }
            }
            histogram.withUnsafeMutableBufferPointer { histogram in
                for pixel in pixels { histogram[Int(pixel)] += 1 }
            }
        }
    }

    private mutating func add(_ other: PixelSurvey) {
        for label in counts.indices { counts[label] += other.counts[label] }
        // A part that was read for a few samples measured none of the classes.
        for label in sums.indices where other.counts[label] > 0 {
            for index in sums[label].indices { sums[label][index] += other.sums[label][index] }
        }
        for level in histogram.indices { histogram[level] += other.histogram[level] }
        images.merge(other.images) { a, _ in a }
    }

    /// The mean image of a class, rounded, row-major; `nil` without images.
    package func mean(ofClass label: Int) -> [UInt8]? {
        let count = UInt64(counts[label])
        return count == 0 ? nil : sums[label].map { UInt8(($0 + count / 2) / count) }
    }
}
