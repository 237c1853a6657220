// The plan of a work folder, as the steps after it read it.

internal import Dataset
internal import Shards
internal import Storage

/// Where every sample goes: the rows of all shards, in order.
struct WorkPlan {
    static let name = "plan"
    static let rowsName = "plan/rows.safetensors"
    static let draftName = "plan/dataset.json"
    /// Number for “no fold” in a column.
    private static let none: UInt8 = 255

    let work: WorkFolder
    /// Of the plan's record.
    let digest: Digest
    let notes: PlanNotes
    let image: ImageShape
    let classes: ClassNames
    /// Train first, then by number.
    let shards: [(identity: ShardIdentity, rows: Range<Int>)]
    /// Per part: the slot of its first sample, and one more for the end.
    let firstSlots: [Int]

    /// Opens the plan. Throws ``WorkError/missing(what:step:)`` if there is none, its rows are damaged, or one of `parts` was
    /// staged anew since.
    ///
    /// - Parameter checks: whether the digest of a file is compared, by its name
    init(
        _ work: WorkFolder, parts: some Sequence<Int> = [],
        checks: (String) -> Bool = { $0 == WorkPlan.rowsName }
    ) throws {
        self.work = work
        func missing() -> WorkError { .missing(what: "\(work.path)/\(Self.name)", step: "prep plan") }
        guard let record = work.record(Self.name, basis: nil, checks: checks) else {
            throw missing()
        }
        digest = record.digest
        let stagedParts: [Digest]
        do throws(JSONProblem) {
            var values = try JSONObject(record.values)
            guard let notes = PlanNotes(try values.take("notes")) else {
                throw values.problem("notes", "what planning found")
            }
            self.notes = notes
            image = try values.shape("image")
            guard let classes = ClassNames(ordered: try values.texts("classes")) else {
                throw values.problem("classes", "a list of different names")
            }
            self.classes = classes
            var shards: [(identity: ShardIdentity, rows: Range<Int>)] = []
            var start = 0
            for split in Split.allCases {
                let counts = try values.integers(split.rawValue, in: 1...Int(UInt32.max))
                for (number, count) in counts.enumerated() {
                    shards.append(
                        (
                            ShardIdentity(
                                split: split, shard: number, shards: counts.count, classes: classes),
                            start..<start + count
                        ))
                    start += count
                }
            }
            self.shards = shards
            firstSlots = try values.integers("slots", in: 0...Int(UInt32.max))
            stagedParts = try values.texts("parts").compactMap { Digest(hex: $0) }
        } catch {
            throw WorkError.malformed(file: "\(work.path)/\(Self.name).json", reason: error.reason)
        }
        guard record.basis == Self.basis(work, stagedParts), firstSlots.count == work.parts + 1,
            stagedParts.count == work.parts, zip(firstSlots, firstSlots.dropFirst()).allSatisfy(<=)
        else { throw missing() }
        for part in parts {
            let staged = try StagedPart(work: work, number: part).requireRecord { _ in false }
            guard staged.digest == stagedParts[part] else { throw missing() }
        }
    }

    /// - Parameter parts: digests of the records of all staged parts
    static func basis(_ work: WorkFolder, _ parts: [Digest]) -> Digest {
        // Plans of another form are made again.
        Digest(of: "3 " + work.digest.hex + parts.map(\.hex).joined())
    }

    // MARK: Rows

    /// The rows of a dataset's shards as columns, which are made when they are written.
    static func table(_ dataset: PlannedDataset) -> TensorTable {
        var table = TensorTable()
        let count = dataset.plan.shards.reduce(0) { $0 + $1.rows.count }
        func add<T: TensorNumber>(_ name: String, _ value: @escaping (ShardRow) -> T) {
            table.add(name, rows: count) { append in
                for shard in dataset.plan.shards {
                    try append(shard.rows.map { value(dataset.row($0, in: shard.split)) })
                }
            }
        }
        add("ids", \.id)
        add("copies", \.copy)
        add("labels", \.label)
        add("folds") { $0.fold ?? none }
        add("slots", \.slot)
        add("identities", \.identity)
        return table
    }

    func rowsFile() throws(StorageError) -> TensorFile { try TensorFile("\(work.path)/\(Self.rowsName)") }

    /// The rows of a range of the plan.
    func rows(_ range: Range<Int>, in file: borrowing TensorFile) throws(StorageError) -> [ShardRow] {
        let (ids, slots): ([UInt32], [UInt32]) = (
            try file.numbers("ids", range), try file.numbers("slots", range)
        )
        let labels: [UInt16] = try file.numbers("labels", range)
        let identities: [UInt64] = try file.numbers("identities", range)
        let (copies, folds) = (try file.bytes("copies", range), try file.bytes("folds", range))
        guard labels.allSatisfy({ Int($0) < classes.count }),
            folds.allSatisfy({ $0 == Self.none || Int($0) < work.configuration.folds ?? 0 })
        else {
            throw .unusable(
                file: "\(work.path)/\(Self.rowsName)", reason: "it has a label or fold that the plan has not")
        }
        return ids.indices.map { row in
            ShardRow(
                id: ids[row], copy: copies[row], label: labels[row],
                fold: folds[row] == Self.none ? nil : folds[row], slot: slots[row],
                identity: identities[row])
        }
    }

    /// The part that a slot belongs to.
    func part(ofSlot slot: UInt32) -> Int { firstSlots.dropLast().lastIndex(notAbove: Int(slot)) }
}
