// Decisions of people about single samples: another label, or to leave them out.

internal import Configuration
internal import Dataset
internal import Ingest
internal import Storage

/// What the page of `prep audit` exports, and `--relabel` applies. It is part of the configuration that a dataset records, so
/// that its provenance says which labels are not those of the source.
public struct Relabelling: Sendable, Equatable {
    /// The new label of each sample, by its key as provenance.csv has it.
    public var labels: [String: String] = [:]
    /// The keys of samples to leave out.
    public var dropped: Set<String> = []

    private static let columns = ["key", "decision", "label"]
    /// Bytes of a definition, so that the configuration that holds it can be read again.
    static let byteLimit = 48 << 10

    /// Reads a CSV file with the columns `key`, `decision` (keep, relabel or drop) and `label`, in any order.
    ///
    /// - Throws: ``PipelineError/relabel(reason:)`` with the line, `StorageError` if the file cannot be read
    package init(contentsOf path: String) throws {
        var decided: Set<String> = []
        for (line, key, decision, label) in try Self.rows(of: path) {
            func problem(_ reason: String) -> PipelineError { .relabel(reason: "\(path):\(line): \(reason)") }
            guard decided.insert(key).inserted else { throw problem("\(key.excerpt) is decided twice") }
            switch decision {
            case "keep", "": break
            case "drop": dropped.insert(key)
            case "relabel":
                guard !Self.bare(label).isEmpty else { throw problem("relabel needs a label") }
                labels[key] = Key.text(cell: label)
            default:
                throw problem("decision: \(Spelling.notOneOf(["keep", "relabel", "drop"], decision))")
            }
        }
        let recorded = definition.canonicalText.utf8.count
        guard recorded <= Self.byteLimit else {
            throw PipelineError.relabel(
                reason:
                    "\(path): its decisions take \(recorded) bytes in dataset.json, the limit is \(Self.byteLimit)\n"
                    + "Move or remove the files themselves, or give all labels with --labels.")
        }
    }

    /// The cells of ``columns`` in all rows of a CSV file, with the number of the line.
    private static func rows(
        of path: String
    ) throws -> [(line: Int, key: String, decision: String, label: String)] {
        func problem(_ line: Int, _ reason: String) -> PipelineError {
            .relabel(reason: "\(path):\(line): \(reason)")
        }
        guard FileSystem.isFile(path) else { throw IngestError.notFound(path: path) }
        var reader = CSVReader(spreadsheet: try FileSystem.read(path))
        var rows: [(Int, String, String, String)] = []
        var line = 0
        func next() throws -> [String]? {
            line += 1
            do throws(CSVProblem) {
                return try reader.next()?.map { String(decoding: $0, as: UTF8.self) }
            } catch {
                throw problem(line, "not valid CSV: a quote in the middle of a cell, or without its end")
            }
        }
        guard let head = try next() else { return [] }
        // Keys are exact.
        let places = columns.compactMap { head.map(bare).firstIndex(of: $0) }
        guard places.count == columns.count else {
            throw problem(1, "the first line must name the columns \(columns.joined(separator: ", "))")
        }
        while let cells = try next() {
            if cells == [""] { continue }
            guard cells.count > places.max() ?? 0 else { throw problem(line, "too few cells") }
            rows.append((line, cells[places[0]], bare(cells[places[1]]), cells[places[2]]))
        }
        return rows
    }

    /// People write spaces behind commas.
    private static func bare(_ cell: String) -> String {
        String(decoding: Array(cell.utf8)[...].trimmed, as: UTF8.self)
    }

    /// As in a YAML file.
    var definition: JSONValue {
        .object([
            "labels": .object(Dictionary(uniqueKeysWithValues: labels.map { (Key(utf8: $0), .string($1)) })),
            "drop": .strings(dropped.sorted()),
        ])
    }

    /// Reads a definition.
    init(_ node: YAMLNode) throws(ConfigurationError) {
        let members = try node.members(["labels", "drop"])
        for (key, label) in try members["labels"]?.pairs() ?? [] { labels[key] = try label.text() }
        for item in try members["drop"]?.items() ?? [] { dropped.insert(try item.text()) }
    }

    /// Changes labels, and removes samples with a reason.
    ///
    /// - Throws: ``PipelineError/relabel(reason:)`` if a decision belongs to no sample, or a label to no class
    func apply(to table: inout SampleTable) throws(PipelineError) {
        let decided = Set(labels.keys).union(dropped)
        var (known, unused) = ([(id: Int, label: String)](), decided)
        var reasons: [Int: String] = [:]
        var id = 0
        try table.forEachKey { key throws(PipelineError) in
            // As provenance.csv has it, or as it is. Composed and decomposed letters are the same here, as in strings.
            let names = [Key.cell(key.text), key.text]
            if let name = names.first(where: decided.contains) {
                guard unused.remove(name) != nil else {
                    throw .relabel(reason: "two samples have the name \(name.excerpt)")
                }
                if let label = labels[name] { known.append((id, label)) }
                if dropped.contains(name) { reasons[id] = "left out by --relabel" }
            }
            id += 1
        }
        if let key = unused.min() {
            throw .relabel(reason: "there is no sample \(key.excerpt)\nIts key must be as in provenance.csv.")
        }
        guard reasons.count < table.samples.count else { throw .relabel(reason: "no sample is left") }
        for (id, name) in known {
            // A class may itself begin or end with a space.
            guard let label = table.classes[name] ?? table.classes[Self.bare(name)] else {
                throw .relabel(reason: Spelling.unknown("class", name, allowed: table.classes.names))
            }
            table.samples[id].label = label
        }
        _ = try table.remove(reasons)
    }
}
