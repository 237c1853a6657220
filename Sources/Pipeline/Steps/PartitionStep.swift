// The third step: the pixels of a part, in the order of the shards, so that each shard finds its rows in one piece.

internal import Dataset
internal import Storage

/// The pixels of a part in the order of the plan's rows.
struct Partition {
    let plan: WorkPlan
    let part: Int

    var name: String { plan.work.name("partition", part: part) }
    var fileName: String { "\(name).safetensors" }

    func record(checks: (String) -> Bool) -> StepRecord? {
        plan.work.record(name, basis: plan.digest, checks: checks)
    }

    /// Of where shards end, and of their pieces' digests: later steps read pieces, not the whole file.
    private static func digest(_ ends: [UInt32], _ digests: [UInt8]) -> Digest {
        var builder = DigestBuilder()
        ends.littleEndianBytes.withUnsafeBytes { builder.update($0) }
        digests.withUnsafeBytes { builder.update($0) }
        return builder.finish()
    }

    /// The pixels of the part for some shards, checked, and where the rows of each shard of the plan end. Throws
    /// ``WorkError/missing(what:step:)`` if they are not there, or damaged.
    func pieces(_ shards: ClosedRange<Int>) throws -> (first: Int, pixels: [UInt8], ends: [UInt32]) {
        try believing(missing()) {
            guard let record = record(checks: { _ in false }) else { throw missing() }
            let file = try TensorFile("\(plan.work.path)/\(fileName)")
            let ends: [UInt32] = try file.numbers("shard_ends")
            let digests = try file.bytes("shard_digests")
            let index = Self.digest(ends, digests)
            guard case .object(let values) = record.values, values["index"] == .string(index.hex),
                ends.count == plan.shards.count, digests.count == 32 * ends.count,
                zip(ends, ends.dropFirst()).allSatisfy(<=)
            else { throw missing() }
            func start(_ shard: Int) -> Int { shard == 0 ? 0 : Int(ends[shard - 1]) }
            let first = start(shards.lowerBound)
            let pixels = try file.bytes("pixels", first..<Int(ends[shards.upperBound]))
            let area = plan.image.byteCount
            for shard in shards {
                let piece = pixels[(start(shard) - first) * area..<(Int(ends[shard]) - first) * area]
                let digest = piece.withUnsafeBytes { Digest(of: $0) }
                guard digest.bytes.elementsEqual(digests[shard * 32..<shard * 32 + 32]) else {
                    throw missing()
                }
            }
            return (first, pixels, ends)
        }
    }

    private func missing() -> WorkError {
        .missing(what: "\(plan.work.path)/\(name)", step: "prep partition --part \(part)/\(plan.work.parts)")
    }

    /// Slots of the plan that are read at once.
    private static let rowStep = 4 << 20

    func make(memory: Int) throws {
        let (positions, ends) = try rows()
        let staged = StagedPart(work: plan.work, number: part)
        let record = try staged.requireRecord { _ in false }
        let shape = try staged.images(record).shape
        let source = PixelStore(
            imageBytes: shape.byteCount,
            files: positions.isEmpty ? [] : [(try staged.pixels(record, shape, memory: memory), 0)])
        source.takesGray = shape.channels > plan.image.channels
        let step = PixelStore.imagesPerChunk(plan.image.byteCount)
        var (digest, digests): (DigestBuilder, [UInt8]) = (DigestBuilder(), [])
        var table = TensorTable()
        table.add("pixels", rows: positions.count, width: plan.image.byteCount) { (append) in
            var start = 0
            for end in ends {
                digest = DigestBuilder()
                for first in stride(from: start, to: Int(end), by: step) {
                    let images = try source.images(positions[first..<min(first + step, Int(end))])
                    images.withUnsafeBytes { digest.update($0) }
                    try append(images)
                }
                digests += digest.finish().bytes
                start = Int(end)
            }
        }
        table.add("shard_ends", ends)
        // Comes after the pixels, in the order of names.
        table.add("shard_digests", rows: ends.count, width: 32) { append in try append(digests) }
        let written = try plan.work.write(fileName) { append in try table.write(append) }
        let values = JSONValue.object(["index": .string(Self.digest(ends, digests).hex)])
        try plan.work.commit(StepRecord(basis: plan.digest, files: [written], values: values), as: name)
    }

    /// The rows of the part as positions in it, shard by shard, and where each shard's end.
    private func rows() throws -> (positions: [UInt32], ends: [UInt32]) {
        let file = try plan.rowsFile()
        let slots = plan.firstSlots[part]..<plan.firstSlots[part + 1]
        var (positions, ends): ([UInt32], [UInt32]) = ([], [])
        for shard in plan.shards {
            for start in stride(from: shard.rows.lowerBound, to: shard.rows.upperBound, by: Self.rowStep) {
                let range = start..<min(start + Self.rowStep, shard.rows.upperBound)
                for slot in try file.numbers("slots", range) as [UInt32] where slots.contains(Int(slot)) {
                    positions.append(UInt32(Int(slot) - slots.lowerBound))
                }
            }
            ends.append(UInt32(positions.count))
        }
        return (positions, ends)
    }
}

extension WorkFolder {
    /// Brings the pixels of a part into the order of the shards, unless that is done.
    ///
    /// - Parameter memory: bytes of pixels to hold; a larger part is read image by image
    /// - Throws: ``WorkError`` or ``StorageError``
    public func partition(part: Int, memory: Int) throws {
        try check(part: part)
        let partition = Partition(plan: try WorkPlan(self, parts: [part]), part: part)
        if partition.record(checks: { _ in true }) == nil { try partition.make(memory: memory) }
    }
}
