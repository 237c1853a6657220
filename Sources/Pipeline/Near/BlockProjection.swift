// A few numbers per image whose distances are never larger than those of the pixels.

internal import CKernels
internal import Dataset

/// Projects images onto the directions in which block sums vary most.
///
/// For blocks of n pixels, the differences of two images' block sums, divided by the root of n, have a sum of squares
/// of at most that of the pixels' differences (Cauchy and Schwarz), and so have the coordinates of these values in any
/// orthonormal directions. Principal components are the directions that leave the fewest pairs to compare.
struct BlockProjection: Sendable {
    static let features = Int(KERNELS_FEATURES)

    private let width: Int32
    /// First pixels of the blocks, and the end of the last.
    private let columns, rows: [Int32]
    /// One over the root of the number of pixels, per block.
    private let scales: [Float]
    /// Per block: `features` coordinates.
    private let directions: [Float]

    /// Images to learn directions from.
    private static let sampleLimit = 2000

    /// - Parameter slots: of the images in `pixels`; some of them, evenly spread, decide the directions
    init(_ slots: [UInt32], in pixels: PixelStore, shape: ImageShape) throws(PipelineError) {
        func bounds(_ length: Int) -> [Int32] {
            let count = min(length, 7)
            return (0...count).map { Int32($0 * length / count) }
        }
        // The channels of a row are as good as columns: what holds for distances holds for any division into blocks.
        let width = shape.size.width * shape.channels
        let (columns, rows) = (bounds(width), bounds(shape.size.height))
        var scales: [Float] = []
        for (top, bottom) in zip(rows, rows.dropFirst()) {
            for (left, right) in zip(columns, columns.dropFirst()) {
                scales.append(1 / Float((right - left) * (bottom - top)).squareRoot())
            }
        }
        (self.width, self.columns, self.rows, self.scales) = (Int32(width), columns, rows, scales)
        let buffer = ImageBuffer(pixels)
        var sums: [[Float]] = []
        for slot in stride(from: 0, to: slots.count, by: max(slots.count / Self.sampleLimit, 1)) {
            let image = try buffer.pixels(slots[slot])
            sums.append(
                [Float](unsafeUninitializedCapacity: scales.count) { values, count in
                    kernels_block_sums(
                        image, Int32(width), columns, Int32(columns.count - 1), rows,
                        Int32(rows.count - 1), scales, values.baseAddress)
                    count = scales.count
                })
        }
        directions = Self.principal(sums, scales.count)
    }

    /// Writes the `features` coordinates of an image to `output`, the most telling first.
    func project(_ pixels: UnsafePointer<UInt8>, into output: UnsafeMutablePointer<Float>) {
        withUnsafeTemporaryAllocation(of: Float.self, capacity: scales.count) { sums in
            kernels_block_sums(
                pixels, width, columns, Int32(columns.count - 1), rows, Int32(rows.count - 1), scales,
                sums.baseAddress)
            kernels_project(sums.baseAddress, Int32(scales.count), directions, output)
        }
    }

    /// The principal components: per block, a coordinate for each of the `features` directions.
    private static func principal(_ samples: [[Float]], _ count: Int) -> [Float] {
        var means = [Double](repeating: 0, count: count)
        for sample in samples { for block in 0..<count { means[block] += Double(sample[block]) } }
        var covariance = SymmetricMatrix(order: count)
        for sample in samples {
            let centered = (0..<count).map { Double(sample[$0]) - means[$0] / Double(samples.count) }
            centered.withUnsafeBufferPointer { covariance.addSquare(of: $0) }
        }
        covariance.divide(by: 1)
        let directions = covariance.eigenvectors().prefix(features).map(\.vector)
        return (0..<count).flatMap { block in
            (0..<features).map { $0 < directions.count ? Float(directions[$0][block]) : 0 }
        }
    }
}

/// One image of a store at a time: in place if it is in memory, otherwise read into a buffer.
struct ImageBuffer: ~Copyable {
    private let store: PixelStore
    private let buffer: UnsafeMutablePointer<UInt8>

    init(_ store: PixelStore) {
        self.store = store
        buffer = .allocate(capacity: store.imageBytes)
    }

    deinit { buffer.deallocate() }

    /// Valid until the next call.
    func pixels(_ slot: UInt32) throws(PipelineError) -> UnsafePointer<UInt8> {
        try store.pixels(Int(slot), orReadInto: buffer)
    }

    /// Whether a squared distance is at most 9/16 of the squared deviations of the levels of an image from their mean.
    func hasContrast(_ slot: UInt32, for distance: Int) throws(PipelineError) -> Bool {
        let image = UnsafeBufferPointer(start: try pixels(slot), count: store.imageBytes)
        var (sum, squares): (UInt64, UInt64) = (0, 0)
        for level in image {
            sum &+= UInt64(level)
            squares &+= UInt64(level) &* UInt64(level)
        }
        let deviations = Double(squares) - Double(sum) * Double(sum) / Double(image.count)
        return Double(distance) <= deviations * 9 / 16
    }
}
