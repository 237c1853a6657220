// Random displacements of all pixels of an image, smoothed by a Gaussian.

internal import CKernels
internal import Dataset

/// A field of one size and sigma, whose memory is reused.
package struct DisplacementField: ~Copyable {
    let size: ImageSize
    /// Of the centre and of the pixels on one side, scaled by 2^15.
    private let weights: [Int16]
    /// For both axes, in 16.16 fixed point: all across, then all down.
    private let displacements: UnsafeMutablePointer<Int32>
    private let noise: UnsafeMutablePointer<Int16>
    private let margin: UnsafeMutablePointer<Int16>
    private let rows: UnsafeMutablePointer<UnsafePointer<Int16>?>
    /// Off only in tests, which compare the vector code with the plain loop.
    var useVectors = true

    /// Without `sigma`, it has no memory and cannot be drawn.
    init(size: ImageSize, sigma: Double?) {
        self.size = sigma == nil ? ImageSize(width: 0, height: 0) : size
        weights = sigma.map(gaussianWeights) ?? []
        let area = self.size.area
        let group = Int(KERNELS_NOISE)
        func memory<Element>(_ count: Int, _ zero: Element) -> UnsafeMutablePointer<Element> {
            let memory = UnsafeMutablePointer<Element>.allocate(capacity: count)
            memory.initialize(repeating: zero, count: count)
            return memory
        }
        displacements = memory(2 * area, 0)
        noise = memory((2 * area + group - 1) / group * group, 0)
        margin = memory(self.size.width + 2 * weights.count, 0)
        rows = memory(2 * weights.count + 3, nil)
    }

    deinit {
        displacements.deallocate()
        noise.deallocate()
        margin.deallocate()
        rows.deallocate()
    }

    var across: UnsafePointer<Int32> { UnsafePointer(displacements) }
    var down: UnsafePointer<Int32> { UnsafePointer(displacements + size.area) }

    /// Draws displacements of up to `alpha` pixels. `key` is that of the random numbers.
    func draw(key: UInt64, alpha: Double) {
        precondition(!weights.isEmpty)
        let words = [UInt32(truncatingIfNeeded: key), UInt32(truncatingIfNeeded: key >> 32)]
        kernels_elastic_noise(words, 2 * size.area, useVectors ? 1 : 0, noise)
        // Sums have 15 + 14 bits after the point, displacements 16.
        let scale = Float(alpha * 0x1p-13)
        for axis in 0..<2 {
            kernels_elastic_blur(
                noise + axis * size.area, Int32(size.width), Int32(size.height), weights,
                Int32(weights.count - 1), scale, useVectors ? 1 : 0, margin, rows,
                displacements + axis * size.area)
        }
    }
}

/// A Gaussian's weights at 0, 1, 2 … pixels from the centre, scaled so that the whole, both sides, has the sum 2^15. As
/// torchvision's kernel of `int(8 * sigma + 1)` pixels, made odd.
func gaussianWeights(sigma: Double) -> [Int16] {
    let radius = Int(8 * sigma + 1) / 2
    // exp(-k²/2σ²) is the product of q, q³, q⁵ … with q = exp(-1/2σ²), so one exponential serves all.
    let q = exponential(-1 / (2 * sigma * sigma))
    var values = [1.0]
    var factor = q
    for _ in 0..<radius {
        values.append((values.last ?? 0) * factor)
        factor *= q * q
    }
    let sum = 2 * values.dropFirst().reduce(0, +) + 1
    var weights = values.map { Int16(($0 / sum * 0x1p15).rounded()) }
    // Rounding errors are the centre's, so that a field without noise stays flat.
    weights[0] = Int16(32768 - 2 * weights.dropFirst().reduce(0) { $0 + Int($1) })
    return weights
}

/// exp(x) for -2...0. The C library's differs between machines in the last bit.
private func exponential(_ x: Double) -> Double {
    // Of an eighth of x; 18 terms reach the last bit.
    let small = x / 8
    var (sum, term) = (1.0, 1.0)
    for k in 1...18 {
        term *= small / Double(k)
        sum += term
    }
    let square = sum * sum
    let fourth = square * square
    return fourth * fourth
}
