// The rows of a table of labels that belong to the images of the inputs.

internal import Dataset
internal import Ingest
internal import Shards

/// Labels, splits and groups of images by a table.
struct TableLabels: Sendable {
    let table: LabelTable
    let fileName: String
    private let inputs: InputNames
    /// Per row: the split that its column names.
    private let splits: [Split?]

    /// Reads the table. Throws ``PipelineError/labels(reason:)`` or ``IngestError/labels(reason:)``
    init?(_ configuration: PipelineConfiguration, _ inputs: InputNames) throws {
        guard let rule = configuration.labels else { return nil }
        table = try rule.table()
        (fileName, self.inputs) = (rule.fileName, inputs)
        splits = try table.rows.map { row in
            guard let name = row.split else { return nil }
            guard let split = SplitFolders.split(named: name) else {
                throw PipelineError.labels(
                    reason:
                        "\(rule.path):\(row.line): “\(name.text.excerpt)” is no split\n"
                        + "Write train, val or test, or ignore the column: --split-column ''."
                )
            }
            return split
        }
    }

    /// The number of the row of an image, if it has one.
    ///
    /// - Parameter name: in its input
    func row(of name: Key, input: Int) throws(PipelineError) -> Int? {
        // Rows may name the input, as they must where several have the same keys.
        let names = [inputs.folders.map { name.inside($0[input]) }, name.inside(inputs.names[input]), name]
        for case let name? in names {
            let rows = table.rows(matching: name)
            guard rows.count < 2 else {
                throw .labels(
                    reason:
                        "\(fileName): \(name) may be \(rows.prefix(2).map(title).joined(separator: " or "))\n"
                        + "Give both with their folders.")
            }
            if let row = rows.first { return row }
        }
        return nil
    }

    /// Such as `a/1.png (line 3)`.
    func title(_ row: Int) -> String { "\(table.rows[row].key) (line \(table.rows[row].line))" }

    /// An image for messages, with the name of its input if there are several.
    private func image(_ key: Key, _ input: Int) -> Key {
        inputs.names.count > 1 ? key.inside(inputs.names[input]) : key
    }

    /// The row of an image, with its label.
    ///
    /// - Throws: why it has none
    func label(of name: Key, input: Int) throws -> (label: Key, split: Split?) {
        guard let row = try row(of: name, input: input) else {
            throw Missing(reason: "has no row in \(fileName.visible())")
        }
        guard let label = table.rows[row].label else {
            throw Missing(reason: "has no label in \(fileName.visible()), line \(table.rows[row].line)")
        }
        return (label, splits[row])
    }

    /// An image has no label.
    struct Missing: Error {
        let reason: String
    }

    /// What is missing on either side, once all images are known.
    struct Comparison {
        /// Of rejected entries, those that lack nothing but a label.
        var unlabelled: Set<Int> = []
        /// Rows without an image.
        var rows: [Rejection] = []
    }

    /// - Throws: an error if two images could be one row
    func compare(_ rows: any StagedRows, _ rejections: [StagedRejection]) throws(PipelineError) -> Comparison
    {
        var images: [(key: Key, input: Int)?] = Array(repeating: nil, count: table.rows.count)
        try rows.forEach { (sample) throws(PipelineError) in
            let image = (key: sample.key, input: Int(sample.input))
            guard let row = try row(of: image.key, input: image.input) else { return }
            // Of entries with one name in one input, all but the first are left out later.
            if let other = images[row], other != image {
                let both = [other, image].map { self.image($0.key, $0.input) }.sorted()
                throw .labels(
                    reason: "\(fileName): \(title(row)) may be \(both[0]) or \(both[1])\n"
                        + "Give both with their folders.")
            }
            images[row] = image
        }
        var result = Comparison()
        for (index, rejection) in rejections.enumerated() {
            let row = try row(of: rejection.rejection.key, input: rejection.input)
            if row.map({ table.rows[$0].label == nil }) ?? true { result.unlabelled.insert(index) }
            if let row { images[row] = images[row] ?? (rejection.rejection.key, rejection.input) }
        }
        for (row, image) in zip(table.rows, images) where image == nil && row.label != nil {
            result.rows.append(
                Rejection(
                    key: row.key, reason: "in line \(row.line) of \(fileName.visible()), but not in the input"
                ))
        }
        return result
    }

    /// Why no image has a label, if the table does not go with them.
    func problem(_ rejections: [StagedRejection]) -> PipelineError? {
        guard let image = rejections.map(\.rejection.key).min(), let row = table.rows.first,
            let found = try? rejections.contains(where: {
                try self.row(of: $0.rejection.key, input: $0.input) != nil
            }),
            !found
        else { return nil }
        return .labels(
            reason:
                "none of the \(table.rows.count) rows of \(fileName) names one of the \(rejections.count) images: "
                + "“\(row.key)”, “\(image)”\nChoose the columns with --key-column and --label-column.")
    }

    /// The group of an image, if it has one.
    func group(of name: Key, input: Int) throws(PipelineError) -> Key? {
        try row(of: name, input: input).flatMap { table.rows[$0].group }
    }
}
