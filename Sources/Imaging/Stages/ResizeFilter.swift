// Resampling filters as in Pillow, and their weights.

internal import Foundation

/// A resampling filter of Pillow. When an image shrinks, the filter is widened by the scale (antialiasing).
public enum ResizeFilter: String, Sendable, CaseIterable {
    case box, bilinear, hamming, bicubic, lanczos

    /// Half the filter's width at scale 1, in pixels.
    var support: Double {
        switch self {
        case .box: 0.5
        case .bilinear, .hamming: 1
        case .bicubic: 2
        case .lanczos: 3
        }
    }

    /// The weight at distance `x` pixels, not normalized.
    func weight(_ x: Double) -> Double {
        let distance = abs(x)
        switch self {
        case .box: return x > -0.5 && x <= 0.5 ? 1 : 0
        case .bilinear: return distance < 1 ? 1 - distance : 0
        case .hamming:
            if distance == 0 { return 1 }
            if distance >= 1 { return 0 }
            let angle = distance * Double.pi
            // Pillow's constants are floats.
            return sin(angle) / angle * (Double(0.54 as Float) + Double(0.46 as Float) * cos(angle))
        case .bicubic:
            let a = -0.5  // Catmull-Rom
            if distance < 1 { return ((a + 2) * distance - (a + 3)) * distance * distance + 1 }
            if distance < 2 { return (((distance - 5) * distance + 8) * distance - 4) * a }
            return 0
        case .lanczos: return x >= -3 && x < 3 ? Self.sinc(x) * Self.sinc(x / 3) : 0
        }
    }

    private static func sinc(_ x: Double) -> Double {
        if x == 0 { return 1 }
        let angle = x * Double.pi
        return sin(angle) / angle
    }
}

/// For every output position along one axis: which input positions it reads, and with what weights.
struct ResizeWeights {
    let starts: [Int32]
    let lengths: [Int32]
    /// `taps` weights per output position in 22-bit fixed point, zero beyond the length.
    let weights: [Int32]
    /// Weights stored per output position: the longest window, rounded up to a multiple of eight.
    let taps: Int

    /// Follows Pillow's precompute_coeffs and normalize_coeffs_8bpc step by step, because the last
    /// bit depends on the order of the operations.
    init(from input: Int, to output: Int, filter: ResizeFilter) {
        let scale = Double(input) / Double(output)
        let filterScale = max(scale, 1)
        let support = filter.support * filterScale
        let inverse = 1 / filterScale
        let stride = (Int(support.rounded(.up)) * 2 + 1 + 7) / 8 * 8
        var (starts, lengths) = ([Int32](), [Int32]())
        var weights = [Int32](repeating: 0, count: output * stride)
        for position in 0..<output {
            let center = (Double(position) + 0.5) * scale
            let first = max(Int(center - support + 0.5), 0)
            let count = min(Int(center + support + 0.5), input) - first
            var window = (0..<count).map { filter.weight((Double($0 + first) - center + 0.5) * inverse) }
            let total = window.reduce(0, +)
            if total != 0 { window = window.map { $0 / total } }
            for (tap, value) in window.enumerated() {
                let scaled = value * Double(1 << 22)
                weights[position * stride + tap] = Int32(value < 0 ? scaled - 0.5 : scaled + 0.5)
            }
            starts.append(Int32(first))
            lengths.append(Int32(count))
        }
        self.starts = starts
        self.lengths = lengths
        self.weights = weights
        taps = stride
    }

    /// Weights of a window that may begin and end between pixels or outside the input, where all pixels are 0.
    init(window: AxisWindow, of input: Int, to output: Int, filter: ResizeFilter) {
        let filterScale = max(window.scale, 1)
        let support = filter.support * filterScale
        let stride = (Int(support.rounded(.up)) * 2 + 1 + 7) / 8 * 8
        var (starts, lengths) = ([Int32](), [Int32]())
        var weights = [Int32](repeating: 0, count: output * stride)
        for position in 0..<output {
            let center = window.origin + (Double(position) + 0.5) * window.scale
            let first = Int((center - support + 0.5).rounded(.down))
            let end = Int((center + support + 0.5).rounded(.down))
            let taps = (first..<end).map { filter.weight((Double($0) - center + 0.5) / filterScale) }
            let total = taps.reduce(0, +)
            let inside = max(first, 0)..<max(min(end, input), max(first, 0))
            for index in inside where total != 0 {
                weights[position * stride + index - inside.lowerBound] =
                    Int32((taps[index - first] / total * Double(1 << 22)).rounded())
            }
            // Empty windows read one pixel with weight 0.
            starts.append(Int32(min(inside.lowerBound, input - 1)))
            lengths.append(Int32(inside.count))
        }
        self.starts = starts
        self.lengths = lengths
        self.weights = weights
        taps = stride
    }
}

/// Caches the weights of recent sizes: datasets have one source size, or a few.
struct ResizeWeightsCache {
    private struct Key: Hashable {
        let input, output: Int
        let filter: ResizeFilter
    }

    private var tables: [Key: ResizeWeights] = [:]
    /// Weights in all tables.
    private(set) var weightCount = 0
    /// The most weights to keep, 8 MB: a table has a few for each pixel of the longer side.
    static let weightLimit = 2 << 20
    private static let tableLimit = 64

    mutating func weights(from input: Int, to output: Int, filter: ResizeFilter) -> ResizeWeights {
        let key = Key(input: input, output: output, filter: filter)
        if let table = tables[key] { return table }
        let table = ResizeWeights(from: input, to: output, filter: filter)
        if tables.count >= Self.tableLimit || weightCount + table.weights.count > Self.weightLimit {
            tables.removeAll()
            weightCount = 0
        }
        // A table that is too large by itself is not kept.
        guard table.weights.count <= Self.weightLimit else { return table }
        tables[key] = table
        weightCount += table.weights.count
        return table
    }
}
