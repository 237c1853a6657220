// Moments of pixels against a plain loop in floating point.

import Testing

@testable import Shards

@Suite("Pixel moments")
struct PixelMomentsTests {
    @Test("mean and standard deviation are exact whatever the order")
    func moments() {
        let pixels = (0..<100_000).map { UInt8(truncatingIfNeeded: $0 * 31) }
        var parts = PixelMoments(Array(pixels[50_000...]))
        parts.add(PixelMoments(Array(pixels[..<50_000])))
        #expect(parts == PixelMoments(pixels))
        let mean = pixels.reduce(0.0) { $0 + Double($1) } / 100_000
        let variance = pixels.reduce(0.0) { $0 + (Double($1) - mean) * (Double($1) - mean) } / 100_000
        #expect(abs(parts.mean - mean / 255) < 1e-12)
        #expect(abs(parts.standardDeviation - variance.squareRoot() / 255) < 1e-12)
        #expect(PixelMoments([7, 7, 7]).standardDeviation == 0)
    }
}
