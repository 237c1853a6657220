// The perceptual hash: similar images agree in most of its bits.

internal import CKernels
internal import Dataset
internal import Foundation

/// The signs of the 63 lowest frequencies of an image, 8 by 8 without the mean: bit 8v+u is set where the
/// coefficient of the discrete cosine transform (type II) with u waves across and v down is positive.
/// After Zauner, "Implementation and Benchmarking of Perceptual Image Hash Functions", 2010.
///
/// Cosines are rounded to multiples of 1/1024 and sums have a fixed order, so hashes are equal on every machine.
struct PerceptualHash {
    private let size: ImageSize
    /// The eight cosines of every column or row, one after the other.
    private let columns, rows: [Float]

    init(size: ImageSize) {
        self.size = size
        columns = Self.cosines(size.width)
        rows = Self.cosines(size.height)
    }

    private static func cosines(_ count: Int) -> [Float] {
        (0..<count * 8).map { index in
            let angle = Double.pi * Double(index % 8) * (Double(index / 8) + 0.5) / Double(count)
            return Float((cos(angle) * 1024).rounded())
        }
    }

    /// The hash of a gray image of `size`, row-major, and its mean and lowest frequencies.
    func measure(_ pixels: UnsafeBufferPointer<UInt8>) -> (hash: UInt64, lowest: SIMD4<Int8>) {
        precondition(pixels.count == size.area)
        return withUnsafeTemporaryAllocation(of: Float.self, capacity: 64) { waves in
            columns.withUnsafeBufferPointer { columns in
                rows.withUnsafeBufferPointer { rows in
                    kernels_frequencies(
                        pixels.baseAddress, Int32(size.width), Int32(size.height), columns.baseAddress,
                        rows.baseAddress, waves.baseAddress)
                }
            }
            var hash: UInt64 = 0
            for index in 1..<64 where waves[index] > 0 { hash |= 1 << UInt64(index) }
            // Scaled so that the squared differences add up to at most the mean squared difference of the pixels
            // (Parseval): factor 1 for the mean, and the root of 2 for each direction with waves.
            let scale = 1 / (1024 * 1024 * Float(size.area))
            let root = Float(2).squareRoot()
            // The mean, 0...255, is shifted to fit a signed byte.
            let lowest: [Float] = [
                waves[0] * scale - 128, waves[1] * scale * root, waves[8] * scale * root,
                waves[9] * scale * 2,
            ]
            var levels = SIMD4<Int8>()
            for index in 0..<4 { levels[index] = Int8(min(max(lowest[index].rounded(), -128), 127)) }
            return (hash, levels)
        }
    }
}
