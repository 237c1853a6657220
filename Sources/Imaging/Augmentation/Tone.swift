// What brightness and contrast share: a factor, and levels that are multiplied and moved.

internal import CKernels
internal import Dataset

/// A factor from 1-range ... 1+range, drawn uniformly.
struct ToneRange: Sendable, Equatable {
    var range: Double

    static let values = AugmentationKey.Values.number(0...1)

    init(_ range: Double) { self.range = range }

    init(_ text: String?) { range = text.flatMap { Double($0) } ?? 0 }

    var text: String { "\(range)" }

    /// The factor in 16.16 fixed point.
    func draw(_ random: inout SeededRandom) -> Int32 {
        Int32(((1 + random.symmetric(range)) * 65536).rounded())
    }
}

/// (level * factor + offset) / 65536, rounded to the nearest level, halves up, and limited to 0...255.
func scaleLevels(
    _ source: UnsafeBufferPointer<UInt8>, factor: Int32, offset: Int32,
    to target: UnsafeMutableBufferPointer<UInt8>
) {
    precondition(source.count == target.count)
    kernels_linear(source.baseAddress, source.count, factor, offset + 32768, target.baseAddress)
}
