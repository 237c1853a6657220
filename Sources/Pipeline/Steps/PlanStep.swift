// The second step: from what is known of all parts, where every sample goes.

internal import Dataset
internal import Shards
internal import Storage

/// The plan of a work folder, as later steps read it: the rows of all shards, in order.
struct WorkPlan {
    static let name = "plan"
    static let rowsName = "plan/rows.safetensors"
    static let draftName = "plan/dataset.json"
    /// Number for “no fold” in a column.
    private static let none: UInt8 = 255

    let work: WorkFolder
    /// Of the plan's record.
    let digest: Digest
    let image: ImageSize
    let classes: ClassNames
    /// Train first, then by number.
    let shards: [(identity: ShardIdentity, rows: Range<Int>)]
    /// Per part: the slot of its first sample, and one more for the end.
    let firstSlots: [Int]

    /// Opens the plan. Throws ``WorkError/missing(what:step:)`` if there is none, or parts were staged anew since.
    init(_ work: WorkFolder) throws {
        self.work = work
        let records = try (0..<work.parts).map { try StagedPart(work: work, number: $0).requireRecord() }
        guard let record = work.record(Self.name, basis: Self.basis(work, records), isChecked: false) else {
            throw WorkError.missing(what: "\(work.path)/\(Self.name)", step: "prep plan")
        }
        digest = record.digest
        do throws(JSONProblem) {
            var values = try JSONObject(record.values)
            image = try values.size("image")
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
        } catch {
            throw WorkError.malformed(file: "\(work.path)/\(Self.name).json", reason: error.reason)
        }
    }

    static func basis(_ work: WorkFolder, _ records: [StepRecord]) -> Digest {
        Digest(of: work.digest.hex + records.map(\.digest.hex).joined())
    }

    // MARK: Rows

    static func table(_ dataset: PlannedDataset) -> TensorTable {
        let rows = dataset.plan.shards.flatMap { shard in
            shard.rows.map { dataset.row($0, in: shard.split) }
        }
        var table = TensorTable()
        table.add("ids", rows.map(\.id))
        table.add("copies", rows.map(\.copy))
        table.add("labels", rows.map(\.label))
        table.add("folds", rows.map { $0.fold ?? none })
        table.add("slots", rows.map(\.slot))
        table.add("identities_high", rows.map { UInt32($0.identity >> 32) })
        table.add("identities_low", rows.map { UInt32(truncatingIfNeeded: $0.identity) })
        return table
    }

    func rowsFile() throws(StorageError) -> TensorFile { try TensorFile("\(work.path)/\(Self.rowsName)") }

    /// The rows of a range of the plan.
    func rows(_ range: Range<Int>, in file: borrowing TensorFile) throws(StorageError) -> [ShardRow] {
        let (ids, slots): ([UInt32], [UInt32]) = (
            try file.numbers("ids", range), try file.numbers("slots", range)
        )
        let labels: [UInt16] = try file.numbers("labels", range)
        let (high, low): ([UInt32], [UInt32]) = (
            try file.numbers("identities_high", range), try file.numbers("identities_low", range)
        )
        let (copies, folds) = (try file.bytes("copies", range), try file.bytes("folds", range))
        return ids.indices.map { row in
            ShardRow(
                id: ids[row], copy: copies[row], label: labels[row],
                fold: folds[row] == Self.none ? nil : folds[row], slot: slots[row],
                identity: UInt64(high[row]) << 32 | UInt64(low[row]))
        }
    }

    /// The part that a slot belongs to.
    func part(ofSlot slot: UInt32) -> Int {
        var (low, high) = (0, firstSlots.count - 1)
        while high - low > 1 {
            let middle = (low + high) / 2
            if firstSlots[middle] <= Int(slot) { low = middle } else { high = middle }
        }
        return low
    }
}

extension WorkFolder {
    /// Plans the dataset, unless that is done and no part has changed since.
    ///
    /// - Returns: number of shards
    /// - Throws: ``WorkError``, ``PipelineError`` or ``StorageError``
    public func plan(workers: Int) throws -> Int {
        let parts = (0..<parts).map { StagedPart(work: self, number: $0) }
        let records = try parts.map { try $0.requireRecord() }
        let basis = WorkPlan.basis(self, records)
        if record(WorkPlan.name, basis: basis, isChecked: true) == nil {
            try makePlan(parts, records, basis, workers: workers)
        }
        return try WorkPlan(self).shards.count
    }

    private func makePlan(
        _ parts: [StagedPart], _ records: [StepRecord], _ basis: Digest, workers: Int
    ) throws {
        let images = try zip(parts, records).map { try $0.images($1) }
        let size = try commonSize(images)
        var slots = [0]
        for image in images { slots.append((slots.last ?? 0) + image.count) }
        // Empty ones may have another size.
        let pixels = try PixelStore(
            imageBytes: size.area,
            files: zip(parts, zip(slots, images)).filter { $1.1.count > 0 }.map {
                ("\(path)/\($0.pixelsName)", $1.0)
            })
        var staged = StagedEntries(pixels: pixels, size: size)
        staged.imagesOfInputs = Array(repeating: 0, count: inputs.names.count)
        var labelNumbers: [Key: UInt32] = [:]
        for (part, (record, first)) in zip(parts, zip(records, slots)) {
            try part.read(record, into: &staged, from: first, &labelNumbers)
        }
        staged.labelNames = labelNumbers.sorted { $0.value < $1.value }.map(\.key)
        let dataset = try PlannedDataset(
            &staged, inputs.names.map(\.text), inputs, configuration, workers: workers)
        try write(dataset, basis, slots)
    }

    private func commonSize(_ images: [(count: Int, size: ImageSize)]) throws(PipelineError) -> ImageSize {
        let sizes = images.filter { $0.count > 0 }.map(\.size)
        if let first = sizes.first, let other = sizes.first(where: { $0 != first }) {
            throw .changedSize(key: path, found: other, expected: first)
        }
        return sizes.first ?? ImageSize(width: 1, height: 1)
    }

    private func write(_ dataset: PlannedDataset, _ basis: Digest, _ slots: [Int]) throws {
        let folder = try Folder(creating: "\(path)/\(WorkPlan.name)")
        let tables = (
            try dataset.writeProvenance(to: folder), try dataset.writeRejections(to: folder),
            try dataset.writeFindings(to: folder)
        )
        let draft = dataset.manifest(
            records: [], moments: PixelMoments(), folds: FoldMoments(folds: 0), provenance: tables.0,
            rejections: tables.1, findings: tables.2)
        let rows = try write(WorkPlan.rowsName) { append in
            for chunk in WorkPlan.table(dataset).file { try append(chunk) }
        }
        let document = try write(WorkPlan.draftName) { append in
            try append(Array(draft.json.readableText.utf8))
        }
        var values: [Key: JSONValue] = [
            "image": dataset.size.json, "classes": .strings(dataset.table.classes.names),
            "slots": .array(slots.map { .integer($0) }),
        ]
        for split in Split.allCases {
            values[Key(utf8: split.rawValue)] = .array(
                dataset.plan.shards.filter { $0.split == split }.map { .integer($0.rows.count) })
        }
        let files = [tables.0, tables.1, tables.2].map {
            StepRecord.File(name: "\(WorkPlan.name)/\($0.name)", bytes: $0.bytes, sha256: $0.sha256)
        }
        try commit(
            StepRecord(basis: basis, files: [rows, document] + files, values: .object(values)),
            as: WorkPlan.name)
    }
}
