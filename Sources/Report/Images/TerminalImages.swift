// Images drawn in a terminal: two pixels per character, as many side by side as fit.

internal import Dataset

/// What a terminal can show.
package enum TerminalColors: Sendable {
    /// 24-bit colours: upper half blocks in the exact colour of the pixels.
    case full
    /// The palette of 256 colours: 26 grays, and a cube of six levels each of red, green and blue.
    case palette
    /// No colours: shading characters, the densest ones for ink.
    case none
}

/// Rows of images, with a caption below each.
struct TerminalImages {
    private let pictures: [(image: Picture, caption: String)]

    init(_ pictures: [(image: Picture, caption: String)]) { self.pictures = pictures }

    init(_ samples: [SampleView]) { self.init(samples.map { ($0.image, $0.caption) }) }

    func text(width: Int, colors: TerminalColors) -> String {
        let images = pictures.map { $0.image.reduced(to: max(width, 8)) }
        let widest = max(images.map(\.size.width).max() ?? 1, 8)
        let perRow = max(1, (width + 2) / (widest + 2))
        return stride(from: 0, to: images.count, by: perRow).map { start in
            let range = start..<min(start + perRow, images.count)
            return Self.row(Array(images[range]), pictures[range].map(\.caption), widest, colors)
        }.joined(separator: "\n\n")
    }

    private static func row(
        _ images: [Picture], _ captions: [String], _ cell: Int, _ colors: TerminalColors
    ) -> String {
        let lines = ((images.map(\.size.height).max() ?? 0) + 1) / 2
        var rows = (0..<lines).map { line in
            images.map { image in
                drawing(image, line, colors) + String(repeating: " ", count: cell - image.size.width)
            }.joined(separator: "  ")
        }
        rows.append(
            captions.map { shortened($0, cell).filled(cell) }.joined(separator: "  "))
        return rows.map { row in
            String(row.reversed().drop { $0 == " " }.reversed())
        }.joined(separator: "\n")
    }

    /// Cuts off the start of a text, because keys differ at the end.
    private static func shortened(_ text: String, _ width: Int) -> String {
        let printable = text.visible()
        return printable.count <= width ? printable : "…" + printable.suffix(width - 1)
    }

    /// One line of characters: rows `2 * line` and `2 * line + 1` of the image.
    private static func drawing(_ image: Picture, _ line: Int, _ colors: TerminalColors) -> String {
        let (width, height) = (image.size.width, image.size.height)
        if colors == .none {
            // There are only five shades, so the range of levels in this image is spread over all of them.
            let (low, high) = image.levelRange
            let isInverted = image.hasLightBackground
            return (0..<width).map { x in
                let upper = image.level(x, 2 * line)
                let level = (upper + (2 * line + 1 < height ? image.level(x, 2 * line + 1) : upper)) / 2
                return shade((isInverted ? high - level : level - low) * 255 / max(high - low, 1))
            }.joined()
        }
        var (text, last) = ("", "")
        func code(_ x: Int, _ y: Int, _ plane: Int) -> String {
            y < height ? Self.code(image.color(x, y), plane, colors) : "\(plane + 1)"
        }
        for x in 0..<width {
            let (upper, lower) = (code(x, 2 * line, 38), code(x, 2 * line + 1, 48))
            let codes = "\u{1B}[\(upper);\(lower)m"
            text += (codes == last ? "" : codes) + "▀"
            last = codes
        }
        return text + "\u{1B}[0m"
    }

    private static func shade(_ ink: Int) -> String { [" ", "░", "▒", "▓", "█"][min(ink * 5 / 256, 4)] }

    /// The escape parameters that set the foreground (`plane` 38) or background (48).
    private static func code(
        _ color: (red: UInt8, green: UInt8, blue: UInt8), _ plane: Int, _ colors: TerminalColors
    ) -> String {
        let (red, green, blue) = color
        if colors == .full { return "\(plane);2;\(red);\(green);\(blue)" }
        guard red == green, green == blue else {
            // 16...231 are a cube of the levels 0, 95, 135, 175, 215 and 255.
            func step(_ level: UInt8) -> Int { level < 48 ? 0 : level < 115 ? 1 : (Int(level) - 35) / 40 }
            return "\(plane);5;\(16 + 36 * step(red) + 6 * step(green) + step(blue))"
        }
        let level = red
        // 16 is black, 231 white, and 232...255 are grays from 8 to 238 in steps of 10.
        let index = level < 4 ? 16 : level > 246 ? 231 : 232 + min(max((Int(level) - 3) / 10, 0), 23)
        return "\(plane);5;\(index)"
    }
}

extension Picture {
    /// The darkest and the lightest level.
    var levelRange: (low: Int, high: Int) {
        var (low, high) = (255, 0)
        for y in 0..<size.height {
            for x in 0..<size.width {
                low = min(low, level(x, y))
                high = max(high, level(x, y))
            }
        }
        return (low, high)
    }

    /// Whether the border is light on average, as with dark ink on paper.
    var hasLightBackground: Bool {
        let (width, height) = (size.width, size.height)
        var (sum, count) = (0, 0)
        for y in 0..<height {
            for x in 0..<width where y == 0 || y == height - 1 || x == 0 || x == width - 1 {
                sum += level(x, y)
                count += 1
            }
        }
        return sum > 127 * count
    }
}
