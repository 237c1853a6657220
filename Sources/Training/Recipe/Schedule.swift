// How the learning rate changes over a run.

internal import Dataset

/// The learning rate of each step, as a factor of the recipe's rate. Formulas are PyTorch's.
public enum Schedule: Sendable, Equatable {
    /// 1 in all steps.
    case constant
    /// Multiplied by `factor` after every `epochs` epochs (`StepLR`).
    case step(epochs: Int, factor: Double)
    /// A linear rise over the share `warmup` of the steps, then half a cosine wave down from 1, which would reach 0
    /// after the last step (`CosineAnnealingLR`, step by step).
    case cosine(warmup: Double)
    /// From 1/25 up to 1 over the share `rise` of the steps, then down to 1/250,000, both along half a cosine wave
    /// (`OneCycleLR`).
    case oneCycle(rise: Double)

    /// - Parameters:
    ///   - step: from 0, over the whole run
    ///   - total: steps of the whole run
    func factor(step: Int, of total: Int, stepsPerEpoch: Int) -> Double {
        switch self {
        case .constant: return 1
        case .step(let epochs, let factor):
            var result = 1.0
            for _ in 0..<step / max(stepsPerEpoch, 1) / epochs { result *= factor }
            return result
        case .cosine(let warmup):
            let rise = (Double(total) * warmup).rounded()
            if Double(step) < rise { return (Double(step) + 1) / rise }
            return Self.wave(from: 1, to: 0, (Double(step) - rise) / (Double(total) - rise))
        case .oneCycle(let rise):
            let top = rise * Double(total) - 1
            // `top` is 0 if the rise takes one step, such as a tenth of ten steps.
            if top > 0, Double(step) <= top { return Self.wave(from: 1.0 / 25, to: 1, Double(step) / top) }
            let down = Double(total) - 1 - top
            return Self.wave(from: 1, to: 1.0 / 25 / 1e4, min((Double(step) - top) / down, 1))
        }
    }

    /// Half a cosine wave from `start` to `end`, at `share` of it.
    private static func wave(from start: Double, to end: Double, _ share: Double) -> Double {
        end + (start - end) / 2 * (1 + sineAndCosine(degrees: 180 * share).cosine)
    }
}
