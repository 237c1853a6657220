// The second step: from what is known of all parts, where every sample goes.

internal import Dataset
internal import Shards
internal import Storage

extension WorkFolder {
    /// Plans the dataset, unless that is done and no part has changed since.
    ///
    /// - Parameters:
    ///   - memory: bytes of pixels to hold; others are read when they are compared
    ///   - isCancelled: polled while images are compared; once it returns true, nothing is planned
    /// - Returns: number of shards
    /// - Throws: ``WorkError``, ``PipelineError`` or ``StorageError``
    public func plan(
        workers: Int, memory: Int, isCancelled: @escaping @Sendable () -> Bool = { false }
    ) throws -> Int {
        let parts = (0..<parts).map { StagedPart(work: self, number: $0) }
        let records = try parts.map { part in try part.requireRecord { $0 == part.tableName } }
        try compareInputs(parts, records)
        let digests = records.map(\.digest)
        let basis = WorkPlan.basis(self, digests)
        if record(WorkPlan.name, basis: basis, checks: { _ in true }) == nil {
            do {
                try makePlan(
                    parts, records, digests, workers: workers, memory: memory, isCancelled: isCancelled)
            } catch PipelineError.interrupted {
                throw WorkError.interrupted(folder: path)
            }
        }
        return try WorkPlan(self).shards.count
    }

    /// Parts of one input must have been taken from the same one: pieces of different archives would miss entries.
    private func compareInputs(_ parts: [StagedPart], _ records: [StepRecord]) throws(WorkError) {
        var known: [Key: (state: Digest, part: Int)] = [:]
        for (part, record) in zip(parts, records) {
            for (input, state) in try part.states(record).sorted(by: { $0.key < $1.key }) {
                let first = known[input] ?? (state, part.number)
                known[input] = first
                guard first.state == state else {
                    throw .changedInput(folder: path, input: input.text, parts: [first.part, part.number])
                }
            }
        }
    }

    private func makePlan(
        _ parts: [StagedPart], _ records: [StepRecord], _ digests: [Digest], workers: Int,
        memory: Int, isCancelled: @escaping @Sendable () -> Bool
    ) throws {
        let images = try zip(parts, records).map { try $0.images($1) }
        let shape = try commonShape(images)
        var slots = [0]
        for image in images { slots.append((slots.last ?? 0) + image.count) }
        // Only the search for near-duplicates reads pixels.
        let files =
            slots[parts.count] > NearPairs.sampleLimit
            ? [] : try pixelFiles(zip(parts, zip(records, slots)), shape, memory: memory)
        var staged = StagedEntries(
            pixels: PixelStore(imageBytes: shape.byteCount, files: files), shape: shape)
        staged.hasColour = images.contains { $0.hasColour }
        staged.settle(configuration.channels)
        staged.labels = try TableLabels(configuration, inputs)
        staged.imagesOfInputs = Array(repeating: 0, count: inputs.names.count)
        staged.rows = try StagedTables(parts, records, slots: slots, into: &staged)
        let dataset = try PlannedDataset(
            staged, inputs.names.map(\.text), inputs, configuration, workers: workers,
            isCancelled: isCancelled)
        let notes = try PlanNotes(dataset, staged, inputs.names.map(\.text)).json()
        try write(dataset, notes, digests, slots)
    }

    /// The pixels of parts, in memory as far as it allows.
    private func pixelFiles(
        _ parts: some Sequence<(StagedPart, (StepRecord, Int))>, _ shape: ImageShape, memory: Int
    ) throws -> [(file: PixelFile, first: Int)] {
        var memory = memory
        return try parts.compactMap { part, staged in
            let (record, first) = staged
            // Empty parts may have another size.
            guard try part.images(record).count > 0 else { return nil }
            let file = try part.pixels(record, shape, memory: memory)
            if file.isHeld { memory -= file.count * shape.byteCount }
            return (file, first)
        }
    }

    private func commonShape(
        _ images: [(count: Int, shape: ImageShape, hasColour: Bool)]
    ) throws(PipelineError) -> ImageShape {
        let shapes = images.filter { $0.count > 0 }.map(\.shape)
        if let first = shapes.first, let other = shapes.first(where: { $0 != first }) {
            throw .changedSize(key: path, found: other.size, expected: first.size)
        }
        return shapes.first ?? .none
    }

    private func write(_ dataset: PlannedDataset, _ notes: JSONValue, _ digests: [Digest], _ slots: [Int])
        throws
    {
        let folder = try folder(WorkPlan.name)
        let tables = (
            try dataset.writeProvenance(to: folder), try dataset.writeRejections(to: folder),
            try dataset.writeFindings(to: folder)
        )
        let draft = dataset.manifest(
            records: [], moments: PixelMoments(channels: dataset.shape.channels),
            folds: FoldMoments(folds: 0, channels: dataset.shape.channels), provenance: tables.0,
            rejections: tables.1, findings: tables.2)
        let rows = try write(WorkPlan.rowsName) { append in
            try WorkPlan.table(dataset).write(append)
        }
        let document = try write(WorkPlan.draftName) { append in
            try append(Array(draft.json.readableText.utf8))
        }
        var values: [Key: JSONValue] = [
            "image": dataset.shape.json, "classes": .strings(dataset.table.classes.names),
            "slots": .array(slots.map { .integer($0) }), "parts": .strings(digests.map(\.hex)),
            "notes": notes,
        ]
        for split in Split.allCases {
            values[Key(utf8: split.rawValue)] = .array(
                dataset.plan.shards.filter { $0.split == split }.map { .integer($0.rows.count) })
        }
        let files = [tables.0, tables.1, tables.2].map {
            StepRecord.File(name: "\(WorkPlan.name)/\($0.name)", bytes: $0.bytes, sha256: $0.sha256)
        }
        try commit(
            StepRecord(
                basis: WorkPlan.basis(self, digests), files: [rows, document] + files, values: .object(values)
            ),
            as: WorkPlan.name)
    }
}
