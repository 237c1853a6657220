// Makes text from outside safe to display, in one place for all modules.

extension String {
    /// The text, safe for a terminal or a log: characters that could recolor, overwrite or reorder other text become
    /// escapes such as `\x1b`, `\u202e` and `\u{e0041}`.
    ///
    /// - Parameter lines: whether line breaks stay as they are
    package func visible(lines: Bool = false) -> String {
        guard unicodeScalars.contains(where: { $0.value < 0x20 || $0.value >= 0x7F }) else { return self }
        return changing { $0.isInvisibleControl && !(lines && $0 == "\n") ? $0.escape : nil }
    }

    /// The text, safe and cut to 80 characters, for a message of one line.
    package var excerpt: String {
        let shown = visible()
        return shown.count <= 80 ? shown : shown.prefix(79) + "…"
    }

    /// Whether both are the same bytes. `==` also holds for other spellings of the same letters, which are other names.
    package func hasBytes(of other: String) -> Bool { utf8.elementsEqual(other.utf8) }

    /// With other text in place of some scalars. `replacing` would look for characters, and miss a `<` that is one with
    /// the mark beside it.
    package func replacing(scalars replacements: [Unicode.Scalar: String]) -> String {
        changing { replacements[$0] }
    }

    /// With another text for some scalars, in a time that grows with the length alone.
    private func changing(_ replacement: (Unicode.Scalar) -> String?) -> String {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(utf8.count)
        for scalar in unicodeScalars {
            if let text = replacement(scalar) {
                bytes += text.utf8
            } else {
                bytes += UTF8.encode(scalar) ?? UTF8.encodedReplacementCharacter
            }
        }
        return String(decoding: bytes, as: UTF8.self)
    }
}

extension Unicode.Scalar {
    /// Whether this is a control character or line separator, changes the direction of text, or shows nothing at all,
    /// so that two names look alike. The joiners U+200C and U+200D and the variation
    /// selectors are not: words of several languages and emoji need them. A table, because the answer may not depend on
    /// the system's version of Unicode.
    package var isInvisibleControl: Bool {
        switch value {
        case 0..<0x20, 0x7F..<0xA0, 0xAD, 0x34F, 0x61C, 0x115F, 0x1160, 0x17B4, 0x17B5, 0x180B...0x180F,
            0x200B, 0x200E, 0x200F, 0x2028...0x202E, 0x2060...0x206F, 0x3164, 0xFEFF, 0xFFA0, 0xFFF0...0xFFFB,
            0xFFFE, 0xFFFF,
            0x1BCA0...0x1BCA3, 0x1D173...0x1D17A, 0xE0000...0xE0FFF:
            true
        default: false
        }
    }

    fileprivate var escape: String {
        let hex = String(value, radix: 16)
        return switch value {
        case 0..<0x10: "\\x0\(hex)"
        case 0x10..<0x100: "\\x\(hex)"
        case 0x100..<0x1000: "\\u0\(hex)"
        case 0x1000..<0x1_0000: "\\u\(hex)"
        default: "\\u{\(hex)}"
        }
    }
}
