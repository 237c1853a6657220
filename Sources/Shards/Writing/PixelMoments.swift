// Mean and standard deviation of pixels, exactly.

package import Storage

/// Sums over 8-bit pixels, one for each channel, in whole numbers, so that they do not depend on the order of addition.
package struct PixelMoments: Sendable, Equatable {
    private struct Sums: Equatable {
        var count: UInt64 = 0
        var sum: UInt64 = 0
        var squares: UInt64 = 0
    }

    private var channels: [Sums]

    package init(channels: Int) { self.channels = Array(repeating: Sums(), count: channels) }

    /// - Parameter pixels: with their channels interleaved
    package init(_ pixels: [UInt8], channels: Int) {
        self.init(channels: channels)
        pixels.withUnsafeBufferPointer { pixels in
            for channel in 0..<channels {
                // With a step that the compiler knows, the loop over gray pixels vectorizes.
                self.channels[channel] =
                    channels == 1 ? Self.sums(pixels, channel, 1) : Self.sums(pixels, channel, channels)
            }
        }
    }

    @inline(__always)
    private static func sums(_ pixels: UnsafeBufferPointer<UInt8>, _ channel: Int, _ step: Int) -> Sums {
        var sums = Sums()
        let count = pixels.count / step
        // Short stretches keep the inner loop in 32 bits, where it vectorizes.
        for start in Swift.stride(from: 0, to: count, by: 1 << 14) {
            var (sum, squares): (UInt32, UInt32) = (0, 0)
            for index in start..<min(start + (1 << 14), count) {
                let pixel = UInt32(pixels[index &* step &+ channel])
                sum &+= pixel
                squares &+= pixel &* pixel
            }
            sums.sum += UInt64(sum)
            sums.squares += UInt64(squares)
        }
        sums.count = UInt64(count)
        return sums
    }

    package var json: JSONValue {
        .array(
            channels.map {
                .object([
                    "count": .unsigned($0.count), "sum": .unsigned($0.sum), "squares": .unsigned($0.squares),
                ])
            })
    }

    package init(_ object: inout JSONObject, _ name: String, channels: Int) throws(JSONProblem) {
        self.channels = try object.list(name) { (sums) throws(JSONProblem) in
            Sums(
                count: try sums.unsigned("count"), sum: try sums.unsigned("sum"),
                squares: try sums.unsigned("squares"))
        }
        guard self.channels.count == channels else { throw object.problem(name, "a list of \(channels)") }
    }

    package mutating func add(_ other: PixelMoments) {
        for channel in channels.indices {
            channels[channel].count += other.channels[channel].count
            channels[channel].sum += other.channels[channel].sum
            channels[channel].squares += other.channels[channel].squares
        }
    }

    /// Of each channel, in 0...1; 0 without pixels.
    package var mean: [Double] {
        channels.map { $0.count == 0 ? 0 : Double($0.sum) / Double($0.count) / 255 }
    }

    /// Population standard deviation of each channel, in 0...1.
    package var standardDeviation: [Double] { channels.map(Self.standardDeviation) }

    private static func standardDeviation(_ sums: Sums) -> Double {
        guard sums.count > 0 else { return 0 }
        // count * squares - sum² over count², in 128 bits: no cancellation.
        let product = sums.count.multipliedFullWidth(by: sums.squares)
        let square = sums.sum.multipliedFullWidth(by: sums.sum)
        let (low, borrow) = product.low.subtractingReportingOverflow(square.low)
        let high = product.high - square.high - (borrow ? 1 : 0)
        return (Double(high) * 0x1p64 + Double(low)).squareRoot() / Double(sums.count) / 255
    }
}
