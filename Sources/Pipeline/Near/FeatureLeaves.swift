// Images in small sets whose features are alike, so that most sets need not be compared.

internal import CKernels
internal import Parallel

/// Leaves of a k-d tree over the features of images (Bentley, "Multidimensional Binary Search Trees Used for
/// Associative Searching", 1975). Only the leaves are kept, each with the box that its features lie in.
struct FeatureLeaves: Sendable {
    /// The features that boxes are made of: the first.
    private typealias Point = SIMD8<Float>

    private static let width = BlockProjection.features
    private static let capacity = Int(KERNELS_LEAF)

    /// Positions in the list of slots, in the order of the leaves.
    let order: [UInt32]
    /// Ranges of `order`.
    let leaves: [Range<Int>]
    /// Eight boxes after the other, per feature.
    private var lower: [Float]
    private var upper: [Float]
    /// Per leaf, feature and image; infinite where a leaf has no image.
    private var features: [Float] = []

    /// - Parameter slots: of the images in `pixels`
    init(
        _ slots: [UInt32], in pixels: PixelStore, projection: BlockProjection, workers: Int
    ) throws(PipelineError) {
        let values = try Self.features(of: slots, in: pixels, projection, workers)
        var order = slots.indices.map { UInt32($0) }
        var leaves: [Range<Int>] = []
        Self.split(&order, 0..<order.count, values, &leaves)
        (self.order, self.leaves) = (order, leaves)
        lower = Array(repeating: .infinity, count: (leaves.count + 7) / 8 * 64)
        upper = lower.map { -$0 }
        features = Array(repeating: .infinity, count: leaves.count * Self.width * Self.capacity)
        for (leaf, range) in leaves.enumerated() {
            var (low, high) = (Point(repeating: .infinity), Point(repeating: -.infinity))
            for (index, position) in range.enumerated() {
                let first = Int(order[position]) * Self.width
                for feature in 0..<Self.width {
                    features[(leaf * Self.width + feature) * Self.capacity + index] = values[first + feature]
                }
                let point = Self.point(values, order[position])
                (low, high) = (pointwiseMin(low, point), pointwiseMax(high, point))
            }
            for feature in low.indices {
                lower[leaf / 8 * 64 + feature * 8 + leaf % 8] = low[feature]
                upper[leaf / 8 * 64 + feature * 8 + leaf % 8] = high[feature]
            }
        }
    }

    private static func features(
        of slots: [UInt32], in pixels: PixelStore, _ projection: BlockProjection, _ workers: Int
    ) throws(PipelineError) -> [Float] {
        let chunk = 1024
        let parts = Lock<[Int: [Float]]>([:])
        try forEachIndex(below: (slots.count + chunk - 1) / chunk, workers: workers) {
            (_: Int, task: Int) throws(PipelineError) in
            let range = task * chunk..<min((task + 1) * chunk, slots.count)
            let buffer = ImageBuffer(pixels)
            var part = [Float](repeating: 0, count: range.count * width)
            for index in range {
                let image = try buffer.pixels(slots[index])
                part.withUnsafeMutableBufferPointer { (part) in
                    guard let base = part.baseAddress else { return }
                    projection.project(image, into: base + (index - range.lowerBound) * width)
                }
            }
            parts.withLock { $0[task] = part }
        }
        return parts.withLock { parts in parts.sorted { $0.key < $1.key }.flatMap(\.value) }
    }

    private static func point(_ values: [Float], _ index: UInt32) -> Point {
        values.withUnsafeBytes {
            $0.loadUnaligned(fromByteOffset: Int(index) * width * MemoryLayout<Float>.size, as: Point.self)
        }
    }

    /// Divides a range in two at the mean of the feature with the largest variance, until it fits a leaf.
    private static func split(
        _ order: inout [UInt32], _ range: Range<Int>, _ values: [Float], _ leaves: inout [Range<Int>]
    ) {
        guard range.count > capacity else {
            if !range.isEmpty { leaves.append(range) }
            return
        }
        let count = Float(range.count)
        var (sum, squares) = (Point(repeating: 0), Point(repeating: 0))
        for index in order[range] { sum += point(values, index) }
        let mean = sum / count
        for index in order[range] {
            let distance = point(values, index) - mean
            squares += distance * distance
        }
        let widest = squares.indices.max { squares[$0] < squares[$1] } ?? 0
        var middle = order[range].partition { values[Int($0) * width + widest] > mean[widest] }
        // Equal values are on one side of their mean.
        if middle == range.lowerBound || middle == range.upperBound {
            middle = range.lowerBound + range.count / 2
        }
        split(&order, range.lowerBound..<middle, values, &leaves)
        split(&order, middle..<range.upperBound, values, &leaves)
    }

    /// Calls `body` with the positions in the list of slots of all pairs of a leaf and the leaves from it on whose
    /// squared distance in feature space is at most `limit`.
    func forEachPair<E: Error>(
        ofLeaf leaf: Int, limit: Float, _ body: (UInt32, UInt32) throws(E) -> Void
    ) throws(E) {
        let others = [Int32](unsafeUninitializedCapacity: leaves.count - leaf) { others, count in
            count = Int(
                kernels_near_boxes(
                    lower, upper, Int32(leaf), Int32(leaves.count), Int32(leaf), limit, others.baseAddress))
        }
        var found = [UInt16](repeating: 0, count: Self.capacity * Self.capacity)
        let stride = Self.width * Self.capacity
        for other in others.lazy.map({ Int($0) }) {
            let count = features.withUnsafeBufferPointer { features in
                features.baseAddress.map { base in
                    kernels_near_pairs(
                        base + leaf * stride, Int32(leaves[leaf].count), base + other * stride,
                        Int32(leaves[other].count), limit, &found)
                } ?? 0
            }
            for pair in found[..<Int(count)] {
                let (a, b) = Int(pair).quotientAndRemainder(dividingBy: Self.capacity)
                guard other > leaf || a < b else { continue }
                try body(order[leaves[leaf].lowerBound + a], order[leaves[other].lowerBound + b])
            }
        }
    }
}
