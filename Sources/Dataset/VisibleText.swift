// Text from outside on its way to people: one place where it is made harmless.

extension String {
    /// The text as a terminal or a log may show it: characters that could recolour, overwrite or reorder what is
    /// shown as `\x1b` and `\u202e`.
    ///
    /// - Parameter lines: whether the text has line breaks of its own, which stay
    public func visible(lines: Bool = false) -> String {
        guard unicodeScalars.contains(where: { $0.value < 0x20 || $0.value >= 0x7F }) else { return self }
        var result = String.UnicodeScalarView()
        for scalar in unicodeScalars {
            if scalar.isInvisibleControl, !(lines && scalar == "\n") {
                let hex = String(scalar.value, radix: 16)
                let isByte = scalar.value < 0x100
                let zeros = String(repeating: "0", count: max(0, (isByte ? 2 : 4) - hex.count))
                result.append(contentsOf: "\\\(isByte ? "x" : "u")\(zeros)\(hex)".unicodeScalars)
            } else {
                result.append(scalar)
            }
        }
        return String(result)
    }

    /// The beginning of a text of any length, for a message of one line.
    public var excerpt: String {
        let shown = visible()
        return shown.count <= 80 ? shown : shown.prefix(79) + "…"
    }
}

extension Unicode.Scalar {
    /// Control characters, line separators, and what changes the direction of text (Unicode's Bidi_Control).
    public var isInvisibleControl: Bool {
        switch value {
        case 0..<0x20, 0x7F..<0xA0, 0x61C, 0x200E, 0x200F, 0x2028...0x202E, 0x2066...0x2069: true
        default: false
        }
    }
}
