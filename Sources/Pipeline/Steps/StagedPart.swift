// A staged part as files: the pixels of its images, and a table of what else is known of them.

internal import Dataset
internal import Imaging
internal import Ingest
internal import Shards
internal import Storage

/// Writes the files of a staged part. Their bytes depend on its entries alone, not on the order of arrival.
struct StagedPart {
    let work: WorkFolder
    let number: Int

    var name: String { work.name("staged", part: number) }
    var pixelsName: String { "\(name).pixels.safetensors" }
    var tableName: String { "\(name).table.safetensors" }

    /// Number for “no split” in a column.
    static let none: UInt8 = 255

    /// The record of the part, if it is staged.
    ///
    /// - Parameter checks: whether the digest of a file is compared, by its name
    func record(checks: (String) -> Bool) -> StepRecord? {
        work.record(name, basis: work.digest, checks: checks)
    }

    /// The record of the part. Throws ``WorkError/missing(what:step:)`` if it is not staged.
    func requireRecord(checks: (String) -> Bool) throws(WorkError) -> StepRecord {
        guard let record = record(checks: checks) else { throw missing() }
        return record
    }

    /// What its inputs were like, by their names.
    func states(_ record: StepRecord) throws(WorkError) -> [Key: Digest] {
        do throws(JSONProblem) {
            var values = try JSONObject(record.values)
            guard case .object(let states) = try values.take("inputs") else { return [:] }
            return states.compactMapValues { if case .string(let hex) = $0 { Digest(hex: hex) } else { nil } }
        } catch {
            throw .malformed(file: "\(work.path)/\(name).json", reason: error.reason)
        }
    }

    /// Number and shape of its images, and whether any has a colour.
    func images(
        _ record: StepRecord
    ) throws(WorkError) -> (count: Int, shape: ImageShape, hasColour: Bool) {
        do throws(JSONProblem) {
            var values = try JSONObject(record.values)
            return (
                try values.integer("samples", in: 0...Int(UInt32.max)), try values.shape("image"),
                try values.bool("has_colour")
            )
        } catch {
            throw .malformed(file: "\(work.path)/\(name).json", reason: error.reason)
        }
    }

    /// Its pixels. Throws ``WorkError/missing(what:step:)`` if they are damaged.
    func pixels(_ record: StepRecord, _ shape: ImageShape, memory: Int) throws -> PixelFile {
        let file = try believing(missing()) {
            try PixelFile("\(work.path)/\(pixelsName)", imageBytes: shape.byteCount, memory: memory)
        }
        guard record.files.contains(where: { $0.name == pixelsName && $0.sha256 == file.digest }) else {
            throw missing()
        }
        return file
    }

    private func missing() -> WorkError {
        .missing(what: "\(work.path)/\(name)", step: "prep stage --part \(number)/\(work.parts)")
    }

    func malformed(_ reason: String) -> WorkError {
        .malformed(file: "\(work.path)/\(tableName)", reason: reason)
    }

    /// - Parameter states: what its inputs were like, by their names
    func write(_ staged: StagedEntries, _ states: [Key: Digest]) throws -> StepRecord {
        var samples: [StagedSample] = []
        samples.reserveCapacity(staged.rows.count)
        try staged.rows.forEach { sample in samples.append(sample) }
        let pixels = try work.write(pixelsName) { append in
            let header = SafetensorsHeader(
                tensors: [("pixels", .u8, [samples.count, staged.shape.byteCount])],
                metadata: [:])
            try append(header.encoded)
            let step = PixelStore.imagesPerChunk(staged.shape.byteCount)
            for start in stride(from: 0, to: samples.count, by: step) {
                try append(
                    try staged.pixels.images(samples[start..<min(start + step, samples.count)].map(\.slot)))
            }
        }
        let table = try work.write(tableName) { append in try columns(samples, staged).write(append) }
        let record = StepRecord(
            basis: work.digest, files: [pixels, table],
            values: .object([
                "samples": .integer(samples.count), "image": staged.shape.json,
                "has_colour": .bool(staged.hasColour),
                "hidden": .integer(staged.skipped.hidden), "other_files": .integer(staged.skipped.otherFiles),
                "links": .integer(staged.skipped.links), "source_bytes": .integer(staged.sourceBytes),
                "inputs": .object(states.mapValues { .string($0.hex) }),
            ]))
        try work.commit(record, as: name)
        return record
    }

    private func columns(_ samples: [StagedSample], _ staged: StagedEntries) -> TensorTable {
        let present = Set(samples.map(\.labelNumber))
        let names = present.map { staged.labelNames[Int($0)] }.sorted()
        let numbers = Dictionary(uniqueKeysWithValues: names.enumerated().map { ($1, UInt32($0)) })
        var table = TensorTable()
        table.add("keys", samples.lazy.map(\.key))
        table.add("label_names", names)
        table.add("labels", samples.map { numbers[staged.labelNames[Int($0.labelNumber)]] ?? 0 })
        table.add("sources", samples.flatMap { $0.sourceDigest(staged.fileDigests).bytes }, width: 32)
        table.add("pixel_digests", samples.flatMap { [$0.pixels.high, $0.pixels.low] }, width: 2)
        table.add(
            "source_sizes",
            samples.flatMap { [UInt32($0.sourceSize.width), UInt32($0.sourceSize.height)] }, width: 2)
        table.add("operations", samples.map(\.operations.rawValue))
        table.add("given_splits", samples.map { $0.givenSplit.map { UInt8($0.index) } ?? Self.none })
        table.add("measures", samples.flatMap { $0.measures.bytes }, width: ImageMeasures.byteCount)
        add(inputs: staged, to: &table)
        return table
    }

    /// Adds what belongs to inputs: how many images and rows they have, and which entries were rejected.
    private func add(inputs staged: StagedEntries, to table: inout TensorTable) {
        let rejections = staged.rejections.sorted {
            ($0.rejection.key, $0.rejection.reason, $0.input) < (
                $1.rejection.key, $1.rejection.reason, $1.input
            )
        }
        table.add("rejected_keys", rejections.lazy.map(\.rejection.key))
        table.add("rejected_reasons", rejections.lazy.map { Key(utf8: $0.rejection.reason) })
        table.add("rejected_inputs", rejections.map { UInt32($0.input) })
        let inputs = staged.imagesOfInputs.indices.filter { staged.imagesOfInputs[$0] > 0 }
        var rows = Array(repeating: 0, count: staged.imagesOfInputs.count)
        for run in staged.rows.runs { rows[run.input] = run.rows.count }
        table.add("inputs", inputs.map { UInt32($0) })
        table.add("input_images", inputs.map { UInt64(staged.imagesOfInputs[$0]) })
        table.add("input_rows", inputs.map { UInt32(rows[$0]) })
    }
}
