// What a pipeline learns from its inputs before it begins.

internal import Configuration
internal import Dataset
internal import Ingest
internal import Storage

extension PipelineConfiguration {
    /// The pipeline as these inputs complete it: tables and arrays of pixels are read as such by a pipeline for images, and
    /// a table of labels decides its columns.
    ///
    /// - Throws: ``IngestError/labels(reason:)`` or ``PipelineError``
    func resolved(for inputs: [String]) throws -> PipelineConfiguration {
        var result = self
        // What cannot be opened is said where it is opened.
        let kinds = source == .images ? inputs.map { (try? PixelInput(at: $0)) ?? nil } : []
        let arePixels = kinds.contains { $0 != nil }
        if arePixels, let other = zip(inputs, kinds).first(where: { $1 == nil }) {
            throw PipelineError.mixedInputs(other.0)
        }
        guard arePixels || source == .idx || pixels == PixelOptions() else {
            throw PipelineError.pixelOptions
        }
        if arePixels {
            for (path, kind) in zip(inputs, kinds) { try kind?.requireNoImages(at: path) }
            result.source = .idx
            // As folders named train, validation and test are kept, so are parts of these names.
            let splits = try zip(inputs, kinds).flatMap { try $1?.splits(at: $0, options: pixels) ?? [] }
            if given == .keep, Set(splits).count > 1, splits.contains(nil) { result.officialTest = true }
        }
        guard let labels else { return result }
        let table = try labels.table()
        result.labels?.columns = table.columns
        result.labels?.digest = table.digest
        // Nobody asked for groups, and there are none.
        if labels.columns.group == nil, table.rows.allSatisfy({ $0.group == nil }) {
            result.labels?.columns.group = nil
        }
        if groups != nil {
            guard labels.columns.group ?? "" == "" else {
                throw PipelineError.groups(
                    reason: "only one of --group-column, --group-by and --groups is possible")
            }
            result.labels?.columns.group = nil
        }
        return result
    }

    /// All inputs, of which the first is opened.
    func queue(of inputs: [String]) throws -> InputQueue {
        try InputQueue(inputs.count) { [self] in try open(inputs[$0]) }
    }

    /// Opens an input of the kind that the pipeline expects.
    func open(_ path: String, _ piece: SourcePiece = .whole) throws -> any EntrySource {
        switch source {
        case .images:
            return try openImages(at: path, entryLimit: limits.entryBytes, names: names, piece: piece)
        case .idx:
            guard piece.number == 0 else { return EmptySource() }
            let source = try openPixels(at: path, options: pixels, needsLabels: labels == nil)
            // Train and test may be two tables or archives; an IDX set has both.
            if officialTest, let parts = source as? PixelParts, !parts.givesSplits,
                try PixelInput(at: path) == nil
            {
                throw PipelineError.noOfficialTest(input: path)
            }
            return source
        }
    }
}

extension PixelOptions {
    static let keys = ["label", "shape", "transpose", "prefix"]

    /// As in a YAML file; `nil` if nothing is set.
    var definition: JSONValue? {
        var members: [Key: JSONValue] = [:]
        if let labelColumn { members["label"] = .string(labelColumn) }
        if let shape { members["shape"] = .string(shape.description) }
        if let transposes { members["transpose"] = .bool(transposes) }
        if let prefix { members["prefix"] = .string(prefix) }
        return members.isEmpty ? nil : .object(members)
    }

    init(_ node: YAMLNode) throws(ConfigurationError) {
        self.init()
        let members = try node.members(Self.keys)
        labelColumn = try members["label"]?.text()
        shape = try members["shape"]?.value(Quantity.sizeNotation, Quantity.imageSize)
        transposes = try members["transpose"]?.bool()
        prefix = try members["prefix"]?.text()
    }
}
