// The third step: the pixels of a part, in the order of the shards, so that each shard finds its rows in one piece.

internal import Dataset
internal import Storage

/// The pixels of a part in the order of the plan's rows.
struct Partition {
    let plan: WorkPlan
    let part: Int

    var name: String { plan.work.name("partition", part: part) }
    var fileName: String { "\(name).safetensors" }

    func record(isChecked: Bool) -> StepRecord? {
        plan.work.record(name, basis: plan.digest, isChecked: isChecked)
    }

    func open() throws -> TensorFile {
        guard record(isChecked: false) != nil else {
            throw WorkError.missing(
                what: "\(plan.work.path)/\(name)", step: "prep partition --part \(part)/\(plan.work.parts)")
        }
        return try TensorFile("\(plan.work.path)/\(fileName)")
    }

    /// Slots of the plan that are read at once.
    private static let step = 4 << 20

    func make(memory: Int) throws {
        // The rows of the part, as positions in it, and where each shard's end.
        let file = try plan.rowsFile()
        let slots = plan.firstSlots[part]..<plan.firstSlots[part + 1]
        var (positions, ends): ([UInt32], [UInt32]) = ([], [])
        for shard in plan.shards {
            for start in stride(from: shard.rows.lowerBound, to: shard.rows.upperBound, by: Self.step) {
                let range = start..<min(start + Self.step, shard.rows.upperBound)
                for slot in try file.numbers("slots", range) as [UInt32] where slots.contains(Int(slot)) {
                    positions.append(UInt32(Int(slot) - slots.lowerBound))
                }
            }
            ends.append(UInt32(positions.count))
        }
        let source = try TensorFile(
            "\(plan.work.path)/\(StagedPart(work: plan.work, number: part).pixelsName)")
        let area = plan.image.area
        // In memory, if it fits; otherwise image by image.
        let pixels = slots.count * area <= memory ? try source.bytes("pixels") : []
        let written = try plan.work.write(fileName) { append in
            let header = SafetensorsHeader(
                tensors: [
                    ("pixels", .u8, [positions.count, plan.image.height, plan.image.width]),
                    ("shard_ends", .u32, [ends.count]),
                ], metadata: [:])
            try append(header.encoded)
            // Tensors of larger numbers come first.
            try append(ends.flatMap { withUnsafeBytes(of: $0.littleEndian, Array.init) })
            let step = max((4 << 20) / area, 1)
            for start in stride(from: 0, to: positions.count, by: step) {
                var images: [UInt8] = []
                images.reserveCapacity(step * area)
                for position in positions[start..<min(start + step, positions.count)].map({ Int($0) }) {
                    if pixels.isEmpty {
                        images += try source.bytes("pixels", position..<position + 1)
                    } else {
                        images += pixels[position * area..<(position + 1) * area]
                    }
                }
                try append(images)
            }
        }
        try plan.work.commit(StepRecord(basis: plan.digest, files: [written], values: .null), as: name)
    }
}

extension WorkFolder {
    /// Brings the pixels of a part into the order of the shards, unless that is done.
    ///
    /// - Parameter memory: bytes of pixels to hold; a larger part is read image by image
    /// - Throws: ``WorkError`` or ``StorageError``
    public func partition(part: Int, memory: Int) throws {
        try check(part: part)
        let partition = Partition(plan: try WorkPlan(self), part: part)
        if partition.record(isChecked: true) == nil { try partition.make(memory: memory) }
    }
}
