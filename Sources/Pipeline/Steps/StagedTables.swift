// The tables of all staged parts as one.

internal import Dataset
internal import Imaging
internal import Shards
internal import Storage

/// Rows that are read from files when they are needed. A part's rows follow those of the part before; the number of a row
/// is also the slot of its pixels.
struct StagedTables: StagedRows {
    private let parts: [Part]
    private let starts: [Int]
    private let runStarts: [Int]
    let runs: [StagedRun]
    let step: Int

    /// Bytes of rows to hold while all runs are read at once.
    private static let memory = 256 << 20
    /// About what a row takes in memory.
    private static let rowBytes = 200

    /// A part's table, as opened.
    fileprivate final class Part: Sendable {
        let part: StagedPart
        let file: TensorFile
        let count: Int
        /// Per number of a class name in the table: its number among those of all parts.
        let labels: [UInt32]

        private static let columns: [(name: String, width: [Int])] = [
            ("keys_ends", []), ("labels", []), ("sources", [32]), ("pixel_digests", [2]),
            ("source_sizes", [2]), ("operations", []), ("given_splits", []),
            ("measures", [ImageMeasures.byteCount]),
        ]

        init(_ part: StagedPart, _ count: Int, _ labelNumbers: inout [Key: UInt32]) throws {
            self.part = part
            self.count = count
            file = try TensorFile("\(part.work.path)/\(part.tableName)")
            for (name, width) in Self.columns where try file.shape(name) != [count] + width {
                throw part.malformed("its column \(name) has not \(count) rows")
            }
            labels = try file.texts("label_names").map { name in
                let number = labelNumbers[name] ?? UInt32(labelNumbers.count)
                labelNumbers[name] = number
                return number
            }
        }
    }

    /// Opens the tables of all parts and fills `staged` with what they hold, apart from pixels.
    ///
    /// - Parameters:
    ///   - slots: per part, the number of its first row, and one more for the end
    init(
        _ parts: [StagedPart], _ records: [StepRecord], slots: [Int], into staged: inout StagedEntries
    ) throws {
        var labelNumbers: [Key: UInt32] = [:]
        var (opened, runs): ([Part], [StagedRun]) = ([], [])
        for (number, part) in parts.enumerated() {
            let count = slots[number + 1] - slots[number]
            let table = try Part(part, count, &labelNumbers)
            opened.append(table)
            var start = slots[number]
            for (input, rows) in try Self.inputs(table, records[number], &staged) where rows > 0 {
                runs.append(StagedRun(input: input, rows: start..<start + rows))
                start += rows
            }
            guard start == slots[number + 1] else {
                throw part.malformed("its inputs have not \(count) rows")
            }
        }
        (self.parts, self.runs, starts) = (opened, runs, Array(slots.dropLast()))
        runStarts = runs.map(\.rows.lowerBound)
        step = min(max(Self.memory / Self.rowBytes / max(runs.count, 1), 16), 1 << 14)
        staged.labelNames = labelNumbers.sorted { $0.value < $1.value }.map(\.key)
    }

    /// Adds rejections and counts of a part to `staged`.
    ///
    /// - Returns: its inputs, and how many rows each has
    private static func inputs(
        _ table: Part, _ record: StepRecord, _ staged: inout StagedEntries
    ) throws -> [(input: Int, rows: Int)] {
        let (keys, reasons) = (
            try table.file.texts("rejected_keys"), try table.file.texts("rejected_reasons")
        )
        let (rejected, inputs): ([UInt32], [UInt32]) = (
            try table.file.numbers("rejected_inputs"), try table.file.numbers("inputs")
        )
        let (images, rows): ([UInt64], [UInt32]) = (
            try table.file.numbers("input_images"), try table.file.numbers("input_rows")
        )
        guard keys.count == reasons.count, keys.count == rejected.count, images.count == inputs.count,
            rows.count == inputs.count,
            (rejected + inputs).allSatisfy({ Int($0) < staged.imagesOfInputs.count })
        else { throw table.part.malformed("its columns have different lengths") }
        for (row, key) in keys.enumerated() {
            let reason = String(decoding: reasons[row].bytes, as: UTF8.self)
            staged.rejections.append(
                StagedRejection(rejection: Rejection(key: key, reason: reason), input: Int(rejected[row])))
        }
        for (input, count) in zip(inputs, images) {
            staged.imagesOfInputs[Int(input)] += Int(min(count, UInt64(UInt32.max)))
        }
        do throws(JSONProblem) {
            var values = try JSONObject(record.values)
            staged.skipped.hidden += try values.integer("hidden", in: 0...1 << 40)
            staged.skipped.otherFiles += try values.integer("other_files", in: 0...1 << 40)
            staged.skipped.links += try values.integer("links", in: 0...1 << 40)
            staged.sourceBytes += try values.integer("source_bytes", in: 0...1 << 48)
        } catch {
            throw table.part.malformed(error.reason)
        }
        return zip(inputs, rows).map { (Int($0), Int($1)) }
    }

    // MARK: Rows

    func slot(_ row: UInt32) -> UInt32 { row }

    func name(_ row: Int) throws(PipelineError) -> Key {
        let number = starts.lastIndex(notAbove: row)
        let local = row - starts[number]
        do throws(StorageError) {
            return try parts[number].file.texts("keys", local..<local + 1).first ?? Key(bytes: [])
        } catch {
            throw .staged(reason: error.description)
        }
    }

    func read(_ rows: Range<Int>) throws(PipelineError) -> ArraySlice<StagedSample> {
        let number = starts.lastIndex(notAbove: rows.lowerBound)
        let input = runs[runStarts.lastIndex(notAbove: rows.lowerBound)].input
        do {
            let local = rows.lowerBound - starts[number]..<rows.upperBound - starts[number]
            return try parts[number].read(local, input, slot: rows.lowerBound)[...]
        } catch {
            throw .staged(reason: "\(error)")
        }
    }
}

extension StagedTables.Part {
    /// - Parameters:
    ///   - input: that the rows are of
    ///   - slot: of the first row
    fileprivate func read(_ rows: Range<Int>, _ input: Int, slot: Int) throws -> [StagedSample] {
        let keys = try file.texts("keys", rows)
        let labels: [UInt32] = try file.numbers("labels", rows)
        let sources = try file.bytes("sources", rows)
        let digests: [UInt64] = try file.numbers("pixel_digests", rows)
        let sizes: [UInt32] = try file.numbers("source_sizes", rows)
        let (operations, given) = (
            try file.bytes("operations", rows), try file.bytes("given_splits", rows)
        )
        let measures = try file.bytes("measures", rows)
        guard labels.allSatisfy({ Int($0) < self.labels.count }) else {
            throw part.malformed("a label has no name")
        }
        guard sizes.allSatisfy({ $0 > 0 }) else { throw part.malformed("an image has no pixels") }
        let width = ImageMeasures.byteCount
        return keys.indices.map { row in
            let source = sources[row * 32..<(row + 1) * 32].withUnsafeBytes { Digest(bytes: $0) }
            var sample = StagedSample(
                key: keys[row], source: .member(source),
                sourceSize: ImageSize(width: Int(sizes[row * 2]), height: Int(sizes[row * 2 + 1])),
                pixels: ShortDigest(high: digests[row * 2], low: digests[row * 2 + 1]),
                labelNumber: self.labels[Int(labels[row])], input: input,
                operations: ImageOperations(rawValue: operations[row]),
                givenSplit: given[row] == StagedPart.none
                    ? nil : Split.allCases.first { UInt8($0.index) == given[row] },
                measures: ImageMeasures(bytes: measures[row * width..<(row + 1) * width]))
            sample.slot = UInt32(slot + row)
            return sample
        }
    }
}
