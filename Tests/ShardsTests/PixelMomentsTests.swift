// Moments of pixels against a plain loop in floating point.

import Testing

@testable import Shards

@Suite("Pixel moments")
struct PixelMomentsTests {
    @Test("mean and standard deviation are exact whatever the order")
    func moments() {
        let pixels = (0..<100_000).map { UInt8(truncatingIfNeeded: $0 * 31) }
        var parts = PixelMoments(Array(pixels[50_000...]), channels: 1)
        parts.add(PixelMoments(Array(pixels[..<50_000]), channels: 1))
        #expect(parts == PixelMoments(pixels, channels: 1))
        let mean = pixels.reduce(0.0) { $0 + Double($1) } / 100_000
        let variance = pixels.reduce(0.0) { $0 + (Double($1) - mean) * (Double($1) - mean) } / 100_000
        #expect(abs(parts.mean[0] - mean / 255) < 1e-12)
        #expect(abs(parts.standardDeviation[0] - variance.squareRoot() / 255) < 1e-12)
        #expect(PixelMoments([7, 7, 7], channels: 1).standardDeviation == [0])
        // Of three channels, each by itself.
        let colour = PixelMoments([1, 10, 100, 3, 30, 244], channels: 3)
        #expect(colour.mean == [2, 20, 172].map { (level: Double) in level / 255 })
        #expect(colour.standardDeviation == [1, 10, 72].map { (level: Double) in level / 255 })
    }
}
