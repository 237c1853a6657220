// Tables for terminals: aligned columns without lines around them.

internal import Dataset

/// A table of text cells. Control characters and line breaks in them are escaped.
struct TextTable {
    enum Alignment { case left, right }

    private let alignments: [Alignment]
    private var rows: [[String]] = []

    /// - Parameter alignments: one per column
    init(_ alignments: [Alignment]) { self.alignments = alignments }

    mutating func add(_ cells: [String]) {
        precondition(cells.count == alignments.count)
        rows.append(cells.map { $0.visible() })
    }

    /// The lines, each indented by `indent` spaces; columns two spaces apart, no trailing blanks.
    func lines(indent: Int = 2) -> [String] {
        let widths = alignments.indices.map { column in rows.map { $0[column].count }.max() ?? 0 }
        return rows.map { row in
            let cells = zip(row, zip(alignments, widths)).map { cell, column in
                column.0 == .left ? cell.filled(column.1) : cell.padded(column.1)
            }
            var line = String(repeating: " ", count: indent) + cells.joined(separator: "  ")
            while line.last == " " { line.removeLast() }
            return line
        }
    }

    /// The lines without indentation, as one text.
    var text: String { lines(indent: 0).joined(separator: "\n") }
}

/// Horizontal bars, drawn in eighths of a character.
enum TextBar {
    /// A bar of `share` (0...1) of `width` characters.
    static func bar(_ share: Double, width: Int) -> String {
        let eighths = Int((min(max(share, 0), 1) * Double(width) * 8).rounded())
        let partial = ["", "▏", "▎", "▍", "▌", "▋", "▊", "▉"]
        return String(repeating: "█", count: eighths / 8) + partial[eighths % 8]
    }
}
