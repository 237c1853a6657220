// A number that similar images share in most of its bits.

internal import Dataset
internal import Foundation

/// The signs of the 63 lowest frequencies of an image, 8 by 8 without the mean: bit 8v+u is set where the
/// coefficient of the discrete cosine transform (type II) with u waves across and v down is positive.
/// After Zauner, "Implementation and Benchmarking of Perceptual Image Hash Functions", 2010.
///
/// Cosines are whole numbers of 1/1024 and sums are taken in one order, so hashes are equal everywhere.
struct PerceptualHash {
    private let size: ImageSize
    private let columns, rows: [SIMD8<Float>]

    init(size: ImageSize) {
        self.size = size
        columns = Self.cosines(size.width)
        rows = Self.cosines(size.height)
    }

    private static func cosines(_ count: Int) -> [SIMD8<Float>] {
        (0..<count).map { position in
            var values = SIMD8<Float>()
            for wave in 0..<8 {
                let angle = Double.pi * Double(wave) * (Double(position) + 0.5) / Double(count)
                values[wave] = Float((cos(angle) * 1024).rounded())
            }
            return values
        }
    }

    /// The hash of a gray image of `size`, row-major.
    func hash(_ pixels: UnsafeBufferPointer<UInt8>) -> UInt64 {
        precondition(pixels.count == size.area)
        return withUnsafeTemporaryAllocation(of: SIMD8<Float>.self, capacity: 8) { waves in
            waves.initialize(repeating: SIMD8())
            columns.withUnsafeBufferPointer { columns in
                for y in 0..<size.height {
                    var line = SIMD8<Float>()
                    let row = pixels.baseAddress.map { $0 + y * size.width }
                    guard let row else { return }
                    for x in 0..<size.width { line += columns[x] * Float(row[x]) }
                    let down = rows[y]
                    for v in 0..<8 { waves[v] += line * down[v] }
                }
            }
            var hash: UInt64 = 0
            for v in 0..<8 {
                for u in 0..<8 where waves[v][u] > 0 { hash |= 1 << UInt64(8 * v + u) }
            }
            return hash & ~1
        }
    }
}
