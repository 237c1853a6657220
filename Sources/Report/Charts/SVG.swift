// The few SVG elements that charts are made of.

internal import Dataset
internal import Foundation

extension HTML {
    /// A drawing of `size` in CSS pixels, with `label` for screen readers.
    static func svg(
        _ size: ImageSize, label: String, _ attributes: Attributes, @HTMLBuilder _ content: () -> HTML
    ) -> HTML {
        var all: [(key: StaticString, value: String?)] = [
            ("viewBox", "0 0 \(size.width) \(size.height)"), ("width", String(size.width)),
            ("height", String(size.height)), ("role", "img"), ("aria-label", label),
        ]
        all += attributes.map { ($0.key, $0.value) }
        return .element("svg", all, content())
    }

    static func group(@HTMLBuilder _ content: () -> HTML) -> HTML { element("g", [:], content()) }

    static func line(_ x1: Double, _ y1: Double, _ x2: Double, _ y2: Double, class name: String) -> HTML {
        element(
            "path", ["class": name, "d": "M\(number(x1)) \(number(y1))L\(number(x2)) \(number(y2))"], .empty)
    }

    /// Text with its baseline at `y`.
    static func chartText(
        _ text: String, x: Double, y: Double, anchor: String? = nil, class name: String = "chart-text"
    ) -> HTML {
        element(
            "text", ["class": name, "x": number(x), "y": number(y), "text-anchor": anchor], HTML(text: text))
    }

    /// A coordinate, rounded to a tenth of a pixel.
    static func number(_ value: Double) -> String {
        // Beyond any picture; and no number is nowhere.
        let tenths = value.isNaN ? 0 : Int((min(max(value, -1e6), 1e6) * 10).rounded())
        let sign = tenths < 0 ? "-" : ""
        let (whole, rest) = abs(tenths).quotientAndRemainder(dividingBy: 10)
        return rest == 0 ? "\(sign)\(whole)" : "\(sign)\(whole).\(rest)"
    }
}
