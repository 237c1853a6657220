// Samples of train that a page compares with a drawing.

internal import Dataset
internal import Shards
internal import Storage

/// As many samples of each class, on one sheet.
struct DrawingSamples: Sendable {
    /// Of all samples, and of all their pixels in bytes: enough to find similar ones, small beside the weights.
    private static let (limit, byteLimit) = (1000, 800_000)
    private static let columns = 40

    private let samples: [SampleView]

    /// - Parameter provenance: the dataset's
    /// - Throws: `ShardError` or `StorageError` if the dataset cannot be read
    init(_ dataset: PreparedDataset, _ provenance: [ProvenanceRow], jobs: Int) throws {
        let classes = dataset.manifest.classes
        let count = min(Self.limit, Self.byteLimit / dataset.manifest.image.byteCount)
        let perClass = (count + classes.count - 1) / max(classes.count, 1)
        let selection = SampleSelection(provenance, classes: classes, limit: perClass)
        let rows = selection.mixed(count, splits: [.train], labels: Array(0..<classes.count))
        samples = try dataset.pixels(of: rows, jobs: jobs, areExact: true).views(rows)
    }

    var isEmpty: Bool { samples.isEmpty }

    /// Mean level of all pixels, 0...255.
    var meanLevel: Double {
        let pixels = samples.lazy.map { $0.image.pixels.count }.reduce(0, +)
        let sum = samples.lazy.flatMap(\.image.pixels).reduce(0) { $0 + Int($1) }
        return Double(sum) / Double(max(pixels, 1))
    }

    /// The sheet as a `data:` URI, its columns, and the label of each sample.
    func json(_ classes: ClassNames) -> JSONValue {
        .object([
            "sheet": .string(dataURI(png: ContactSheet(samples.map(\.image), columns: Self.columns).png)),
            "columns": .integer(Self.columns),
            "labels": .array(samples.map { .integer(classes[$0.row.label]?.index ?? 0) }),
        ])
    }
}
