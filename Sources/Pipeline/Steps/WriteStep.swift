// The fourth step: shards, each from one piece of every part.

internal import Dataset
internal import Parallel
internal import Shards
internal import Storage

extension WorkFolder {
    /// The shards of one of several equal shares; `nil` if there are fewer shards than shares and it has none. Throws
    /// ``WorkError`` without a plan.
    public func shards(ofShare number: Int, of count: Int) throws -> ClosedRange<Int>? {
        let total = try WorkPlan(self).shards.count
        guard count <= Self.partLimit else {
            throw WorkError.beyond(what: "share \(count)", count: Self.partLimit)
        }
        let (first, end) = (number * total / count, (number + 1) * total / count)
        return first < end ? first...end - 1 : nil
    }

    /// Writes the shards of a range, from 0 in the order train, validation, test, unless that is done.
    ///
    /// - Parameter memory: bytes of pixels to hold, or those of one shard, if that is more
    /// - Throws: ``WorkError``, ``PipelineError`` or ``StorageError``
    public func write(
        shards range: ClosedRange<Int>, workers: Int, memory: Int,
        isCancelled: @escaping @Sendable () -> Bool = { false }
    ) throws {
        let plan = try WorkPlan(self)
        guard range.lowerBound >= 0, range.upperBound < plan.shards.count else {
            throw WorkError.beyond(
                what: "shards \(range.lowerBound)-\(range.upperBound)", count: plan.shards.count)
        }
        let missing = range.filter { ShardStep(plan: plan, number: $0).record(checks: { _ in true }) == nil }
        let folder = try folder("shards")
        let most = plan.shards.map(\.rows.count).max() ?? 0
        let group = max(memory / max(most * plan.image.byteCount, 1), 1)
        for numbers in Self.neighbours(missing, atMost: group) {
            if isCancelled() { throw WorkError.interrupted(folder: path) }
            let pieces = try ShardPieces(plan, numbers)
            try forEachIndex(below: numbers.count, workers: workers) { (_, index) in
                if isCancelled() { throw WorkError.interrupted(folder: plan.work.path) }
                try ShardStep(plan: plan, number: numbers.lowerBound + index).make(pieces, folder)
            }
        }
    }

    /// Ranges that hold exactly these numbers, which are in order: what lies between two of them is not held in memory.
    static func neighbours(_ numbers: [Int], atMost limit: Int) -> [ClosedRange<Int>] {
        var ranges: [ClosedRange<Int>] = []
        for number in numbers {
            if let last = ranges.last, last.upperBound == number - 1, last.count < limit {
                ranges[ranges.count - 1] = last.lowerBound...number
            } else {
                ranges.append(number...number)
            }
        }
        return ranges
    }
}

/// One shard of a work folder.
struct ShardStep {
    let plan: WorkPlan
    let number: Int

    private var identity: ShardIdentity { plan.shards[number].identity }
    private var compression: Manifest.Compression { plan.work.configuration.compression }
    private var name: String {
        "shards/"
            + ShardRecord.fileName(
                split: identity.split, number: identity.shard, of: identity.shards, compression.codec)
    }

    func record(checks: (String) -> Bool) -> StepRecord? {
        plan.work.record(name, basis: plan.digest, checks: checks)
    }

    func make(_ pieces: ShardPieces, _ folder: Folder) throws {
        let rows = try plan.rows(plan.shards[number].rows, in: try plan.rowsFile())
        let configuration = plan.work.configuration
        let builder = ShardBuilder(
            shape: plan.image, seed: configuration.seed, augmentation: configuration.augmentation)
        var next = pieces.starts(ofShard: number)
        let samples = try builder.samples(rows) { (slot, output) throws(WorkError) in
            let part = plan.part(ofSlot: slot)
            guard pieces.read(part, row: next[part], into: output) else {
                throw .malformed(
                    file: Partition(plan: plan, part: part).fileName, reason: "it lacks rows of \(name)")
            }
            next[part] += 1
        }
        let written = try WrittenShard(samples, identity, configuration, to: folder)
        let file = StepRecord.File(name: name, bytes: written.record.bytes, sha256: written.record.sha256)
        try plan.work.commit(
            StepRecord(basis: plan.digest, files: [file], values: written.json), as: name)
    }

    /// The shard as it was written. Throws ``WorkError/missing(what:step:)`` if it was not.
    func written() throws -> WrittenShard {
        guard let record = record(checks: { _ in true }) else {
            throw WorkError.missing(what: "\(plan.work.path)/\(name)", step: "prep write --shards \(number)")
        }
        do throws(JSONProblem) {
            return try WrittenShard(
                record.values, name: FileSystem.split(name).name, image: plan.image,
                isCompressed: compression.codec == .zstd, folds: plan.work.configuration.folds ?? 0)
        } catch {
            throw WorkError.malformed(file: "\(plan.work.path)/\(name).json", reason: error.reason)
        }
    }
}
