// Mean and standard deviation of pixels, exactly.

package import Storage

/// Sums over 8-bit pixels, in whole numbers, so that they do not depend on the order of addition.
package struct PixelMoments: Sendable, Equatable {
    package private(set) var count: UInt64 = 0
    package private(set) var sum: UInt64 = 0
    package private(set) var squares: UInt64 = 0

    package init() {}

    package init(_ pixels: [UInt8]) {
        // Short stretches keep the inner loop in 32 bits, where it vectorizes.
        pixels.withUnsafeBufferPointer { pixels in
            for start in stride(from: 0, to: pixels.count, by: 1 << 14) {
                var (runSum, runSquares): (UInt32, UInt32) = (0, 0)
                for pixel in pixels[start..<min(start + (1 << 14), pixels.count)] {
                    runSum &+= UInt32(pixel)
                    runSquares &+= UInt32(pixel) &* UInt32(pixel)
                }
                sum += UInt64(runSum)
                squares += UInt64(runSquares)
            }
        }
        count = UInt64(pixels.count)
    }

    package var json: JSONValue {
        .object(["count": .unsigned(count), "sum": .unsigned(sum), "squares": .unsigned(squares)])
    }

    package init(_ json: JSONValue, at name: String) throws(JSONProblem) {
        var object = try JSONObject(json, at: name)
        count = try object.unsigned("count")
        sum = try object.unsigned("sum")
        squares = try object.unsigned("squares")
    }

    package mutating func add(_ other: PixelMoments) {
        count += other.count
        sum += other.sum
        squares += other.squares
    }

    /// In 0...1; 0 without pixels.
    package var mean: Double { count == 0 ? 0 : Double(sum) / Double(count) / 255 }

    /// Population standard deviation, in 0...1.
    package var standardDeviation: Double {
        guard count > 0 else { return 0 }
        // count * squares - sum² over count², in 128 bits: no cancellation.
        let (product, square) = (count.multipliedFullWidth(by: squares), sum.multipliedFullWidth(by: sum))
        let (low, borrow) = product.low.subtractingReportingOverflow(square.low)
        let high = product.high - square.high - (borrow ? 1 : 0)
        return (Double(high) * 0x1p64 + Double(low)).squareRoot() / Double(count) / 255
    }
}
