// Axes of charts: their ticks, and how numbers are written beside them.

internal import Foundation

/// A linear axis that starts and ends at round numbers.
struct Axis: Equatable {
    /// 1, 2 or 5 times a power of ten.
    let step: Double
    let ticks: [Double]

    var range: ClosedRange<Double> { ticks[0]...ticks[ticks.count - 1] }

    /// Covers `low` ... `high` in about `count` steps, rather fewer than more.
    ///
    /// Steps are chosen as in Heckbert's “Nice Numbers for Graph Labels” (Graphics Gems, 1990). Limits that are
    /// equal or not finite are replaced, so that there are always at least two ticks.
    init(from low: Double, to high: Double, count: Int, wholeNumbers: Bool = false) {
        let limit = 1e300
        var (low, high) = (low.isFinite ? low : 0, high.isFinite ? high : 1)
        (low, high) = (min(max(low, -limit), limit), min(max(high, -limit), limit))
        if low > high { swap(&low, &high) }
        if high - low <= max(abs(low), abs(high), 1e-280) * 1e-9 {
            let margin = wholeNumbers || abs(low) < 1e-280 ? 1 : abs(low) / 10
            (low, high) = (wholeNumbers ? low : low - margin, high + margin)
        }
        let rough = (high - low) / Double(max(count, 1))
        let power = pow(10, floor(log10(rough)))
        var step = [1, 2, 5, 10].map { $0 * power }.first { $0 >= rough * (1 - 1e-9) } ?? 10 * power
        if wholeNumbers { step = max(step, 1) }
        self.step = step
        let (first, last) = ((low / step + 1e-9).rounded(.down), (high / step - 1e-9).rounded(.up))
        ticks = stride(from: first, through: max(last, first + 1), by: 1).map { $0 * step }
    }

    /// Digits after the point that distinguish neighbouring ticks.
    var places: Int {
        var (places, value) = (0, step)
        while places < 8, abs(value - value.rounded()) > value * 1e-6 {
            value *= 10
            places += 1
        }
        return places
    }

    /// Where `value` lies along the axis, 0...1.
    func position(_ value: Double) -> Double {
        (value - range.lowerBound) / (range.upperBound - range.lowerBound)
    }
}

/// How the numbers of an axis are written.
enum NumberStyle {
    case plain
    /// Fractions of 1, written as percentages.
    case percent
    /// Thousands as k, millions as M.
    case short

    func text(_ value: Double, step: Double, places: Int) -> String {
        switch self {
        case .plain:
            // A learning rate of 0.00002 is read more easily as 2e-5.
            if step < 1e-4, value != 0 { return Self.power(value) }
            return TextStyle.decimal(value, places)
        case .percent: return TextStyle.decimal(value * 100, max(places - 2, 0)) + " %"
        case .short:
            if step >= 1e6 { return TextStyle.decimal(value / 1e6, 0) + " M" }
            if step >= 1e3 { return TextStyle.decimal(value / 1e3, 0) + " k" }
            return TextStyle.decimal(value, places)
        }
    }

    private static func power(_ value: Double) -> String {
        var exponent = floor(log10(abs(value)) + 1e-9)
        // What is rounded to ten has one digit more before the point.
        if abs(value) / pow(10, exponent) >= 9.95 { exponent += 1 }
        let digits = TextStyle.decimal(value / pow(10, exponent), 1)
        return "\(digits.hasSuffix(".0") ? String(digits.dropLast(2)) : digits)e\(Int(exponent))"
    }
}
