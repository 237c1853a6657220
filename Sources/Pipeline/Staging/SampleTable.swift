// The samples of a dataset in their final order: by key, whatever the order of arrival.

internal import Dataset
internal import Imaging
internal import Ingest
internal import Shards

/// The accepted samples of a dataset. A sample's index is its id.
struct SampleTable: Sendable {
    var samples: [PlanInput]
    var classes: ClassNames
    /// In key order.
    var rejections: [Rejection]
    private let rows: any StagedRows
    private let runStarts: [Int]
    private let keys: StagedKeys
    /// Per input.
    private let fileDigests: [[Digest]]
    /// Names of inputs that have keys in common. Their keys begin with these names.
    let prefixes: [Key]
    /// Entries that could not be used, and the first of them. Those without a label are not among them.
    let unusable: (count: Int, first: Rejection?)
    /// Images whose folder is a split, not a class, or that a table of labels leaves out.
    let unlabelled: Int
    /// Rows of a table of labels that no image belongs to: how many, and the first of their keys.
    let imageless: RowsWithoutImage
    private let tableLabels: TableLabels?
    let origin: SplitOrigin

    /// - Parameter inputs: in the order of the numbers in `staged`
    init(
        _ staged: StagedEntries, _ inputs: InputNames, _ configuration: PipelineConfiguration
    ) throws(PipelineError) {
        let rows = staged.rows
        guard rows.count <= Int(UInt32.max) else { throw .tooManySamples(limit: Int(UInt32.max)) }
        var keys = try StagedKeys(rows, inputs)
        let splits = try SplitRule(rows, keys, configuration)
        var order = try KeyOrder(rows, keys, splits)
        prefixes = keys.separate(order.colliding)
        if !prefixes.isEmpty { order = try KeyOrder(rows, keys, splits) }
        let compared = try staged.labels?.compare(rows, staged.rejections) ?? .init()
        let broken = staged.rejections.indices.filter { !compared.unlabelled.contains($0) }
        var rejections = broken.map { keys.rejection(staged.rejections[$0]) } + order.repeated
        unusable = (rejections.count, rejections.min())
        unlabelled = order.unlabelled.count + compared.unlabelled.count
        imageless = RowsWithoutImage(
            count: compared.rows.count, first: compared.rows.prefix(3).map(\.key.text))
        rejections += order.unlabelled + compared.rows
        rejections += compared.unlabelled.map { keys.rejection(staged.rejections[$0]) }
        rejections.sort()
        if order.samples.isEmpty, let first = rejections.first {
            throw .noLabels(count: unlabelled, example: "\(first.key) \(first.reason)")
        }
        let present = Set(order.labelNumbers)
        guard let classes = ClassNames(found: present.map { staged.labelNames[Int($0)] }) else {
            throw .tooManyClasses(limit: ClassNames.limit)
        }
        let labels = staged.labelNames.map { classes[$0.text] ?? Label(rawValue: 0) }
        order.setLabels(labels)
        (samples, self.rejections, self.classes) = (order.samples, rejections, classes)
        origin = splits.origin(samples)
        (self.rows, self.keys, fileDigests, tableLabels) = (rows, keys, staged.fileDigests, staged.labels)
        runStarts = rows.runs.map(\.rows.lowerBound)
    }

    /// The class name of a sample.
    func labelName(_ id: Int) -> String { classes[samples[id].label.index] }

    /// Where the pixels of a sample are.
    func slot(_ id: Int) -> UInt32 { rows.slot(samples[id].row) }

    /// The name of a sample. For those of many, `forEach` is faster.
    func key(_ id: Int) throws(PipelineError) -> Key {
        let row = Int(samples[id].row)
        let run = rows.runs[runStarts.lastIndex(notAbove: row)]
        return keys.key(try rows.name(row), run.input)
    }

    /// Calls `body` with the names of all samples in the order of their ids.
    func forEachKey(_ body: (Key) throws(PipelineError) -> Void) throws(PipelineError) {
        var reader = StagedReader(rows)
        for sample in samples {
            let staged = try reader.sample(Int(sample.row))
            try body(keys.key(staged.key, Int(staged.input)))
        }
    }

    /// Calls `body` with the names of all samples in the order of their ids, and their groups in the table of labels.
    func forEachGroup(_ body: (_ key: Key, _ group: Key?) -> Void) throws(PipelineError) {
        var reader = StagedReader(rows)
        for sample in samples {
            let staged = try reader.sample(Int(sample.row))
            let input = Int(staged.input)
            body(keys.key(staged.key, input), try tableLabels?.group(of: staged.key, input: input))
        }
    }

    /// Calls `body` with all samples in the order of their ids: key, digest of its source, and what was done to it.
    func forEach(
        _ body: (_ id: Int, _ key: Key, _ source: Digest, _ operations: ImageOperations) throws -> Void
    ) throws {
        var reader = StagedReader(rows)
        for id in samples.indices {
            let sample = try reader.sample(Int(samples[id].row))
            try body(
                id, keys.key(sample.key, Int(sample.input)), sample.sourceDigest(fileDigests),
                sample.operations)
        }
    }
}
