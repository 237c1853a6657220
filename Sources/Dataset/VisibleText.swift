// Makes text from outside safe to display, in one place for all modules.

extension String {
    /// The text, safe for a terminal or a log: characters that could recolor, overwrite or reorder other text become
    /// escapes such as `\x1b` and `\u202e`.
    ///
    /// - Parameter lines: whether line breaks stay as they are
    package func visible(lines: Bool = false) -> String {
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

    /// The text, safe and cut to 80 characters, for a message of one line.
    package var excerpt: String {
        let shown = visible()
        return shown.count <= 80 ? shown : shown.prefix(79) + "…"
    }
}

extension Unicode.Scalar {
    /// Whether this is a control character or line separator, changes the direction of text, or shows nothing at all,
    /// so that two names look alike. The joiners U+200C and U+200D are not: words of several languages need them.
    package var isInvisibleControl: Bool {
        switch value {
        case 0..<0x20, 0x7F..<0xA0, 0xAD, 0x61C, 0x180E, 0x200B, 0x200E, 0x200F, 0x2028...0x202E,
            0x2060...0x206F, 0xFEFF, 0xFFF9...0xFFFB, 0xE0000...0xE007F:
            true
        default: false
        }
    }
}
