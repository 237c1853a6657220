// Tables for terminals: aligned columns without lines around them.

internal import Dataset

/// A table of text cells. They may hold anything: each is made visible on one line.
public struct TextTable {
    public enum Alignment: Sendable { case left, right }

    private let alignments: [Alignment]
    private var rows: [[String]] = []

    /// - Parameter alignments: one per column
    public init(_ alignments: [Alignment]) { self.alignments = alignments }

    public mutating func add(_ cells: [String]) {
        precondition(cells.count == alignments.count)
        rows.append(cells.map { $0.visible() })
    }

    /// The lines, each indented by `indent` spaces; columns two spaces apart, no trailing blanks.
    public func lines(indent: Int = 2) -> [String] {
        let widths = alignments.indices.map { column in rows.map { $0[column].count }.max() ?? 0 }
        return rows.map { row in
            var line = String(repeating: " ", count: indent)
            for (column, cell) in row.enumerated() {
                let padding = String(repeating: " ", count: widths[column] - cell.count)
                line += alignments[column] == .left ? cell + padding : padding + cell
                if column < row.count - 1 { line += "  " }
            }
            while line.last == " " { line.removeLast() }
            return line
        }
    }
}

/// Horizontal bars of eighths of a character.
public enum TextBar {
    /// A bar of `share` (0...1) of `width` characters.
    public static func bar(_ share: Double, width: Int) -> String {
        let eighths = Int((min(max(share, 0), 1) * Double(width) * 8).rounded())
        let partial = ["", "▏", "▎", "▍", "▌", "▋", "▊", "▉"]
        return String(repeating: "█", count: eighths / 8) + partial[eighths % 8]
    }
}
