// Numbers, sizes and durations as text, the same in every locale.

package enum TextStyle {
    /// 21555 as `21,555`.
    package static func count(_ value: Int) -> String {
        let digits = Array(String(abs(value)))
        var text = ""
        for (index, digit) in digits.enumerated() {
            if index > 0, (digits.count - index) % 3 == 0 { text += "," }
            text.append(digit)
        }
        return value < 0 ? "-" + text : text
    }

    /// Numbers with so many decimals, such as one for each channel.
    package static func decimals(_ values: [Double], _ places: Int) -> String {
        values.map { decimal($0, places) }.joined(separator: ", ")
    }

    /// With `places` digits after the point, rounded half away from zero; from 10^12 on as `1.5e15`.
    package static func decimal(_ value: Double, _ places: Int) -> String {
        guard value.isFinite else { return "–" }
        guard abs(value) < 1e12 else { return scientific(value) }
        let places = min(places, 6)
        var scale = 1.0
        for _ in 0..<places { scale *= 10 }
        let scaled = Int((abs(value) * scale).rounded())
        let (whole, fraction) = scaled.quotientAndRemainder(dividingBy: Int(scale))
        let sign = value < 0 && scaled != 0 ? "-" : ""
        guard places > 0 else { return sign + count(whole) }
        let digits = String(fraction)
        return "\(sign)\(count(whole)).\(String(repeating: "0", count: places - digits.count))\(digits)"
    }

    /// A loss in nine columns at most: `0.0312`, `86,487`, `3.1e15`.
    package static func loss(_ value: Double) -> String {
        abs(value) < 1e6 ? decimal(value, abs(value) < 1000 ? 4 : 0) : scientific(value)
    }

    private static func scientific(_ value: Double) -> String {
        guard value.isFinite else { return "–" }
        var (mantissa, exponent) = (value, 0)
        while abs(mantissa) >= 9.95 {
            mantissa /= 10
            exponent += 1
        }
        return "\(decimal(mantissa, 1))e\(exponent)"
    }

    /// `812 B`, `6.4 kB`, `69.1 MB`: powers of 1000.
    package static func bytes(_ count: Int) -> String {
        var (value, unit) = (Double(count), 0)
        let units = ["B", "kB", "MB", "GB", "TB"]
        while value >= 999.5, unit < units.count - 1 {
            value /= 1000
            unit += 1
        }
        return "\(decimal(value, unit == 0 || value >= 99.95 ? 0 : value >= 9.995 ? 1 : 2)) \(units[unit])"
    }

    /// `0.82 s`, `12.3 s`, `4:05 min`, `1:02:03 h`.
    package static func duration(_ seconds: Double) -> String {
        guard seconds >= 59.95 else { return "\(decimal(seconds, seconds < 9.995 ? 2 : 1)) s" }
        let total = Int(min(seconds, 1e15).rounded())
        func two(_ value: Int) -> String { value < 10 ? "0\(value)" : "\(value)" }
        if total < 3600 { return "\(total / 60):\(two(total % 60)) min" }
        return "\(total / 3600):\(two(total / 60 % 60)):\(two(total % 60)) h"
    }

    /// `18,204/s`, `1.2 M/s`.
    package static func rate(_ perSecond: Double, _ unit: String = "") -> String {
        let suffix = unit.isEmpty ? "/s" : " \(unit)/s"
        if perSecond >= 999_500 { return decimal(perSecond / 1e6, 1) + " M" + suffix }
        return decimal(perSecond, 0) + suffix
    }

    /// A fraction of 1, as `12.5 %`.
    package static func percent(_ share: Double, _ places: Int = 1) -> String {
        decimal(share * 100, places) + " %"
    }

    /// A 95 % confidence interval of a share, as `98.9 to 99.3 %`.
    static func interval(_ range: ClosedRange<Double>) -> String {
        "\(decimal(range.lowerBound * 100, 2)) to \(percent(range.upperBound, 2))"
    }

    /// A distance in gray levels: whole numbers without decimals.
    static func levels(_ value: Double) -> String { decimal(value, value == value.rounded() ? 0 : 3) }

    /// Such as `420` or `419 to 421`: the least and the most of some numbers.
    static func range(_ values: [Int]) -> String {
        let (least, most) = (count(values.min() ?? 0), count(values.max() ?? 0))
        return least == most ? least : "\(least) to \(most)"
    }

    /// `1 image`, `2 images`, `10 classes`, `3 batches`, `5 epochs`.
    package static func plural(_ value: Int, _ noun: String) -> String {
        let isSibilant = noun.hasSuffix("s") || noun.hasSuffix("ch") && noun != "epoch"
        let ending = value == 1 ? "" : isSibilant ? "es" : "s"
        return "\(count(value)) \(noun)\(ending)"
    }
}

extension String {
    /// Right-aligned in `width` columns.
    func padded(_ width: Int) -> String { String(repeating: " ", count: max(width - count, 0)) + self }

    /// Left-aligned in `width` columns.
    func filled(_ width: Int) -> String { self + String(repeating: " ", count: max(width - count, 0)) }

    /// With the first letter in upper case.
    var capitalizedFirst: String { prefix(1).uppercased() + dropFirst() }
}
