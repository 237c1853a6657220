// What the columns of a table of pixels hold: one label at most, the levels of one image, and what is left out.

internal import Dataset

/// The columns of a table, as its first row and the user describe them.
struct PixelTableLayout {
    enum Role { case label, pixel, ignored }

    /// The names of the columns; `nil` if the first row is an image.
    let names: [String]?
    /// Neighbouring columns of one role, from the first to the last.
    let runs: [(role: Role, count: Int)]
    let columns: Int
    let size: ImageSize

    var hasLabels: Bool { runs.contains { $0.role == .label } }

    /// Bytes of a row at least: what is left out may be empty.
    var leastBytes: Int { runs.reduce(0) { $0 + $1.count * ($1.role == .ignored ? 1 : 2) } }

    /// Names, in lower case, that say what a column holds.
    private static let labelNames: Set<String> = [
        "label", "labels", "class", "target", "y", "digit", "letter", "character",
    ]
    private static let otherNames: Set<String> = [
        "", "unnamed: 0", "id", "imageid", "image_id", "index", "usage", "split",
    ]

    /// The most columns: a row of them is held in memory.
    static let columnLimit = 1 << 20

    /// - Parameters:
    ///   - first: the fields of the first row, without quotes
    ///   - needsLabels: whether the column of labels that the user names must be there
    ///   - path: for errors
    init(_ first: [String], _ options: PixelOptions, needsLabels: Bool, path: String) throws(IngestError) {
        func problem(_ reason: String, column: String? = nil) -> IngestError {
            .malformedTable(path: path, line: 1, column: column, reason: reason)
        }
        guard first.count <= Self.columnLimit else {
            throw problem("\(first.count) columns, more than the limit of \(Self.columnLimit)")
        }
        let hasNames = Self.areNames(first)
        let lowered = first.map { $0.lowercased() }
        var label = try Self.chosenLabel(
            first, lowered, hasNames, options, needsLabels, problem: { problem($0) })
        var ignored: Set<Int> = []
        if hasNames {
            let found = lowered.indices.filter { Self.labelNames.contains(lowered[$0]) && $0 != label }
            if label == nil, found.count > 1 {
                throw problem(
                    "labels may be in \(found.map { "“\(first[$0].excerpt)”" }.joined(separator: " or ")); "
                        + "choose one with --label-column")
            }
            if label == nil { label = found.first } else { ignored.formUnion(found) }
            ignored.formUnion(lowered.indices.filter { Self.otherNames.contains(lowered[$0]) && $0 != label })
        }
        let free = first.indices.filter { !ignored.contains($0) }
        if label == nil, !hasNames || Self.areNumbered(first) {
            // Without a shape, 784 values are an image, and 785 are a label and an image.
            if !Self.areImage(free.count, options.shape) { label = free.first }
        }
        let pixels = first.count - ignored.count - (label == nil ? 0 : 1)
        let hint =
            hasNames && label == nil && pixels > 2 && Self.areImage(pixels - 1, options.shape)
            ? "; --label-column names the one with labels, as “\(first[free.first ?? 0].excerpt)” may be"
            : nil
        size = try Self.size(of: pixels, options.shape, hint, problem: { problem($0) })
        columns = first.count
        names = hasNames ? first : nil
        runs = Self.runs(first.count, label: label, ignored: ignored)
    }

    /// Whether so many values are an image.
    private static func areImage(_ count: Int, _ shape: ImageSize?) -> Bool {
        shape.map { $0.area == count } ?? (side(count) != nil)
    }

    /// The column of labels that the user chose by its name or number, if any.
    private static func chosenLabel(
        _ first: [String], _ lowered: [String], _ hasNames: Bool, _ options: PixelOptions,
        _ needsLabels: Bool,
        problem: (String) -> IngestError
    ) throws(IngestError) -> Int? {
        guard let wanted = options.labelColumn else { return nil }
        if hasNames,
            let index = first.firstIndex(of: wanted) ?? lowered.firstIndex(of: wanted.lowercased())
        {
            return index
        }
        let number = Int(wanted).flatMap { (1...first.count).contains($0) ? $0 : nil }
        guard needsLabels else {
            // The table may be another one, without labels: then all of its columns are pixels.
            let values = first.count - (hasNames ? lowered.count(where: otherNames.contains) : 0)
            let hasLabel = areImage(values - 1, options.shape) && !areImage(values, options.shape)
            return hasLabel ? number.map { $0 - 1 } : nil
        }
        guard let number else {
            throw problem(
                "no column “\(wanted.excerpt)”; "
                    + (hasNames ? "they are \(list(first))" : "there are \(first.count), without names"))
        }
        return number - 1
    }

    /// Whether the fields of the first row name the columns. One of them may be a text even in a row of an image, since
    /// labels may be texts.
    private static func areNames(_ fields: [String]) -> Bool {
        areNumbered(fields) || fields.count { Double($0) == nil } > 1
    }

    /// Whether the columns are numbered, as pandas does without names; one of them may have a name.
    private static func areNumbered(_ fields: [String]) -> Bool {
        let numbers = fields.compactMap { Int($0) }
        guard numbers.count >= 16, numbers.count >= fields.count - 1, let start = numbers.first, start <= 1
        else {
            return false
        }
        return numbers.elementsEqual(start..<start + numbers.count)
    }

    private static func size(
        of pixels: Int, _ shape: ImageSize?, _ hint: String?, problem: (String) -> IngestError
    ) throws(IngestError) -> ImageSize {
        if let shape {
            guard shape.area == pixels else {
                throw problem("\(pixels) columns of pixels, but \(shape) are \(shape.area)\(hint ?? "")")
            }
            return shape
        }
        if let side = side(pixels) { return ImageSize(width: side, height: side) }
        if pixels % 3 == 0, let side = side(pixels / 3), side >= 8 {
            throw problem(
                "\(pixels) columns of pixels: colours of \(side)x\(side) pixels? A table does not say in which "
                    + "order; give them as .npz")
        }
        throw problem(
            "\(pixels) columns of pixels are no square image"
                + (hint ?? "; --shape WIDTHxHEIGHT says what they are"))
    }

    /// The side of a square of so many pixels.
    private static func side(_ pixels: Int) -> Int? {
        let side = Int(Double(max(pixels, 0)).squareRoot().rounded())
        return side > 0 && side * side == pixels ? side : nil
    }

    private static func runs(_ columns: Int, label: Int?, ignored: Set<Int>) -> [(role: Role, count: Int)] {
        var runs: [(role: Role, count: Int)] = []
        for column in 0..<columns {
            let role: Role = column == label ? .label : ignored.contains(column) ? .ignored : .pixel
            if let last = runs.last, last.role == role {
                runs[runs.count - 1].count += 1
            } else {
                runs.append((role, 1))
            }
        }
        return runs
    }

    /// A column for messages: its number from 1, and its name.
    func title(ofColumn column: Int) -> String {
        guard let names, names.indices.contains(column) else { return "\(column + 1)" }
        return "\(column + 1) (\(names[column].excerpt))"
    }

    static func list(_ names: [String]) -> String {
        let shown = names.prefix(4).map { "“\($0.excerpt)”" }.joined(separator: ", ")
        return names.count > 4 ? "\(shown) … (\(names.count))" : shown
    }
}
