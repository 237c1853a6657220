// A staged part as files: the pixels of its images, and a table of what else is known of them.

internal import Dataset
internal import Imaging
internal import Ingest
internal import Shards
internal import Storage

/// Writes and reads the files of a staged part. Their bytes depend on its entries alone, not on the order of arrival.
struct StagedPart {
    let work: WorkFolder
    let number: Int

    var name: String { work.name("staged", part: number) }
    var pixelsName: String { "\(name).pixels.safetensors" }
    private var tableName: String { "\(name).table.safetensors" }

    /// Number for “no split” in a column.
    private static let none: UInt8 = 255

    // MARK: Writing

    func write(_ staged: StagedEntries) throws -> StepRecord {
        let samples = staged.batches.flatMap { $0 }.sorted(by: StagedSample.precedes)
        let sources = samples.map { $0.sourceDigest(staged.fileDigests) }
        let pixels = try work.write(pixelsName) { append in
            let header = SafetensorsHeader(
                tensors: [("pixels", .u8, [samples.count, staged.size.height, staged.size.width])],
                metadata: [:])
            try append(header.encoded)
            let step = max((4 << 20) / staged.size.area, 1)
            for start in stride(from: 0, to: samples.count, by: step) {
                try append(
                    try staged.pixels.images(samples[start..<min(start + step, samples.count)].map(\.slot)))
            }
        }
        let table = try work.write(tableName) { append in
            for chunk in columns(samples, sources, staged).file { try append(chunk) }
        }
        let record = StepRecord(
            basis: work.digest, files: [pixels, table],
            values: .object([
                "samples": .integer(samples.count), "image": staged.size.json,
                "hidden": .integer(staged.skipped.hidden), "other_files": .integer(staged.skipped.otherFiles),
                "links": .integer(staged.skipped.links), "source_bytes": .integer(staged.sourceBytes),
            ]))
        try work.commit(record, as: name)
        return record
    }

    private func columns(
        _ samples: [StagedSample], _ sources: [Digest], _ staged: StagedEntries
    ) -> TensorTable {
        let present = Set(samples.map(\.labelNumber))
        let names = present.map { staged.labelNames[Int($0)] }.sorted()
        let numbers = Dictionary(uniqueKeysWithValues: names.enumerated().map { ($1, UInt32($0)) })
        let rejections = staged.rejections.sorted {
            ($0.rejection.key, $0.rejection.reason, $0.input) < (
                $1.rejection.key, $1.rejection.reason, $1.input
            )
        }
        var table = TensorTable()
        table.add("keys", samples.lazy.map(\.key))
        table.add("label_names", names)
        table.add("labels", samples.map { numbers[staged.labelNames[Int($0.labelNumber)]] ?? 0 })
        table.add("inputs", samples.map(\.input))
        table.add("sources", sources.flatMap(\.bytes), width: 32)
        table.add(
            "pixel_digests",
            samples.flatMap { sample in
                [sample.pixels.high, sample.pixels.low].flatMap {
                    [UInt32($0 >> 32), UInt32(truncatingIfNeeded: $0)]
                }
            })
        table.add("widths", samples.map { UInt32($0.sourceSize.width) })
        table.add("heights", samples.map { UInt32($0.sourceSize.height) })
        table.add("operations", samples.map(\.operations.rawValue))
        table.add("given_splits", samples.map { $0.givenSplit.map { UInt8($0.index) } ?? Self.none })
        table.add(
            "measures",
            samples.flatMap { sample in
                [
                    sample.measures.paper, sample.measures.strength, sample.measures.frame,
                    sample.measures.edge,
                ]
            }, width: 4)
        table.add("rejected_keys", rejections.lazy.map(\.rejection.key))
        table.add("rejected_reasons", rejections.lazy.map { Key(utf8: $0.rejection.reason) })
        table.add("rejected_inputs", rejections.map { UInt32($0.input) })
        table.add("images_of_inputs", staged.imagesOfInputs.map { UInt32(clamping: $0) })
        return table
    }

    // MARK: Reading

    /// The record of the part, if it is staged.
    func record(isChecked: Bool) -> StepRecord? {
        work.record(name, basis: work.digest, isChecked: isChecked)
    }

    /// The record of the part. Throws ``WorkError/missing(what:step:)`` if it is not staged.
    func requireRecord() throws(WorkError) -> StepRecord {
        guard let record = record(isChecked: false) else {
            throw .missing(what: "\(work.path)/\(name)", step: "prep stage --part \(number)/\(work.parts)")
        }
        return record
    }

    /// Number and size of its images.
    func images(_ record: StepRecord) throws -> (count: Int, size: ImageSize) {
        do throws(JSONProblem) {
            var values = try JSONObject(record.values)
            return (try values.integer("samples", in: 0...Int(UInt32.max)), try values.size("image"))
        } catch {
            throw WorkError.malformed(file: "\(work.path)/\(name).json", reason: error.reason)
        }
    }

    /// Appends what is known of the part's entries, apart from pixels.
    ///
    /// - Parameters:
    ///   - first: the slot of its first sample
    ///   - labelNumbers: of all label names so far; new ones are added
    func read(
        _ record: StepRecord, into staged: inout StagedEntries, from first: Int,
        _ labelNumbers: inout [Key: UInt32]
    ) throws {
        let file = try TensorFile("\(work.path)/\(tableName)")
        let keys = try file.texts("keys")
        let names = try file.texts("label_names").map { name in
            let number = labelNumbers[name] ?? UInt32(labelNumbers.count)
            labelNumbers[name] = number
            return number
        }
        let (labels, inputs): ([UInt32], [UInt32]) = (try file.numbers("labels"), try file.numbers("inputs"))
        let (sources, digests): ([UInt8], [UInt32]) = (
            try file.bytes("sources"), try file.numbers("pixel_digests")
        )
        let (widths, heights): ([UInt32], [UInt32]) = (
            try file.numbers("widths"), try file.numbers("heights")
        )
        let (operations, given) = (try file.bytes("operations"), try file.bytes("given_splits"))
        let measures = try file.bytes("measures")
        let count = keys.count
        guard
            [labels.count, inputs.count, widths.count, heights.count, operations.count, given.count]
                .allSatisfy({ $0 == count }), sources.count == 32 * count, digests.count == 4 * count,
            measures.count == 4 * count, labels.allSatisfy({ Int($0) < names.count }),
            inputs.allSatisfy({ Int($0) < work.inputs.names.count })
        else { throw malformed("its columns have different lengths") }
        func word(_ index: Int) -> UInt64 { UInt64(digests[index]) << 32 | UInt64(digests[index + 1]) }
        staged.batches.append(
            (0..<count).map { row in
                let source = sources[row * 32..<(row + 1) * 32].withUnsafeBytes { Digest(bytes: $0) }
                var known = ImageMeasures()
                (known.paper, known.strength) = (measures[row * 4], measures[row * 4 + 1])
                (known.frame, known.edge) = (measures[row * 4 + 2], measures[row * 4 + 3])
                var sample = StagedSample(
                    key: keys[row], source: .member(source),
                    sourceSize: ImageSize(width: Int(widths[row]), height: Int(heights[row])),
                    pixels: ShortDigest(high: word(row * 4), low: word(row * 4 + 2)),
                    labelNumber: names[Int(labels[row])], input: Int(inputs[row]),
                    operations: ImageOperations(rawValue: operations[row]),
                    givenSplit: Split.allCases.first { UInt8($0.index) == given[row] }, measures: known)
                sample.slot = UInt32(first + row)
                return sample
            })
        try readRest(file, record, &staged)
    }

    private func readRest(
        _ file: borrowing TensorFile, _ record: StepRecord, _ staged: inout StagedEntries
    ) throws {
        let (keys, reasons) = (try file.texts("rejected_keys"), try file.texts("rejected_reasons"))
        let (inputs, images): ([UInt32], [UInt32]) = (
            try file.numbers("rejected_inputs"), try file.numbers("images_of_inputs")
        )
        guard keys.count == reasons.count, keys.count == inputs.count,
            images.count == staged.imagesOfInputs.count,
            inputs.allSatisfy({ Int($0) < images.count })
        else { throw malformed("its columns have different lengths") }
        for (row, key) in keys.enumerated() {
            staged.rejections.append(
                StagedRejection(
                    rejection: Rejection(
                        key: key, reason: String(decoding: reasons[row].bytes, as: UTF8.self)),
                    input: Int(inputs[row])))
        }
        for (input, count) in images.enumerated() { staged.imagesOfInputs[input] += Int(count) }
        do throws(JSONProblem) {
            var values = try JSONObject(record.values)
            staged.skipped.hidden += try values.integer("hidden", in: 0...Int.max)
            staged.skipped.otherFiles += try values.integer("other_files", in: 0...Int.max)
            staged.skipped.links += try values.integer("links", in: 0...Int.max)
            staged.sourceBytes += try values.integer("source_bytes", in: 0...Int.max)
        } catch {
            throw malformed(error.reason)
        }
    }

    private func malformed(_ reason: String) -> WorkError {
        .malformed(file: "\(work.path)/\(tableName)", reason: reason)
    }
}
