// Step three: writes shards and provenance in parallel, then the rejections, then the manifest.

internal import Dataset
internal import Foundation
internal import Parallel
internal import Shards

/// Writes a planned dataset into its folder.
struct DatasetWriter: Sendable {
    let configuration: PipelineConfiguration
    let builder: ShardBuilder
    let plan: Plan
    let findings: [Finding]
    let findingRows: [FindingRow]
    let nearDuplicates: Manifest.NearDuplicates
    let folder: OutputFolder
    let workers: Int
    let isCancelled: @Sendable () -> Bool
    let report: @Sendable (PreparationProgress) -> Void

    private struct Progress {
        var records: [Int: ShardRecord] = [:]
        var moments = PixelMoments()
        var foldMoments: FoldMoments
        var rows = 0
    }

    /// Writes everything and commits.
    func write() throws -> Manifest {
        try folder.begin(plan: planDigest)
        let state = Lock(Progress(foldMoments: FoldMoments(folds: configuration.folds ?? 0)))
        let total = plan.shards.reduce(0) { $0 + $1.rows.count }
        // The provenance is one more task. It takes longest, so it goes first.
        let provenance = Lock<Manifest.SideFile?>(nil)
        try forEachIndex(below: plan.shards.count + 1, workers: workers) { _, index in
            if isCancelled() { throw PipelineError.interrupted }
            if index == 0 {
                let file = try writeProvenance()
                provenance.withLock { $0 = file }
                return
            }
            let shard = plan.shards[index - 1]
            let (record, moments, foldMoments) = try write(shard)
            let rows = state.withLock { state in
                state.records[index - 1] = record
                if shard.split == .train { state.moments.add(moments) }
                state.foldMoments.add(foldMoments)
                state.rows += shard.rows.count
                return state.rows
            }
            report(
                .init(
                    phase: .writing, fraction: Double(rows) / Double(max(total, 1)), images: rows,
                    rejected: builder.table.rejections.count))
        }
        let rejections = try SideFile.write(
            Rejections.encode(builder.table.rejections), name: Rejections.fileName, folder: folder.partial)
        guard let provenance = provenance.withLock({ $0 }) else { throw PipelineError.interrupted }
        let table = builder.table
        let findingTable = try SideFile.write(
            FindingTable.encode(findingRows) { (table.samples[Int($0)].key, table.labelName(Int($0))) },
            name: FindingTable.fileName, folder: folder.partial)
        let manifest = state.withLock { state in
            makeManifest(state, provenance, rejections, findingTable)
        }
        if isCancelled() { throw PipelineError.interrupted }
        try folder.commit(manifest)
        return manifest
    }

    private func write(_ shard: PlannedShard) throws -> (ShardRecord, PixelMoments, FoldMoments) {
        let samples = try builder.samples(of: shard)
        let moments = shard.split == .train ? PixelMoments(samples.images) : PixelMoments()
        var foldMoments = FoldMoments(folds: configuration.folds ?? 0)
        foldMoments.add(samples)
        let name = ShardRecord.fileName(
            split: shard.split, number: shard.number, of: shard.count, configuration.compression.codec)
        if let record = folder.finishedShard(name, image: builder.size) {
            return (record, moments, foldMoments)
        }
        let identity = ShardIdentity(
            split: shard.split, shard: shard.number, shards: shard.count, classes: builder.table.classes)
        let writer = ShardWriter(compression: configuration.compression)
        let record = try writer.write(samples, identity: identity, to: folder.partial)
        try folder.noteFinished(record)
        return (record, moments, foldMoments)
    }

    private func writeProvenance() throws -> Manifest.SideFile {
        let table = builder.table
        let rows = table.samples.indices.lazy.map { id in
            let sample = table.samples[id]
            return ProvenanceRow(
                key: sample.key, label: table.labelName(id), split: plan.splits[id],
                shard: Int(plan.places[id].shard), slot: Int(plan.places[id].slot),
                source: table.sourceDigest(sample), sourceSize: sample.sourceSize,
                group: plan.groups[id], unit: plan.units[id],
                fold: plan.folds[id].map(Int.init), operations: sample.operations.text)
        }
        return try SideFile.write(Provenance.encode(rows), name: Provenance.fileName, folder: folder.partial)
    }

    /// Digest of everything that decides the bytes of the shards. An interrupted preparation with the same digest
    /// can be resumed.
    private var planDigest: Digest {
        var digest = DigestBuilder()
        func add(_ bytes: [UInt8]) {
            // With its length, so that two different lists never give the same bytes.
            withUnsafeBytes(of: bytes.count) { digest.update($0) }
            bytes.withUnsafeBytes { digest.update($0) }
        }
        add(Array(configuration.definition.canonicalText.utf8))
        add(Array("\(configuration.compression.codec.rawValue) \(configuration.compression.level)".utf8))
        let table = builder.table
        for name in table.classes.names { add(Array(name.utf8)) }
        add(plan.splits.map { UInt8($0.index) })
        add(plan.folds.map { $0 ?? .max })
        for (sample, label) in zip(table.samples, table.labels) {
            add(sample.key.bytes)
            withUnsafeBytes(of: label.rawValue) { digest.update($0) }
            withUnsafeBytes(of: sample.pixels) { digest.update($0) }
        }
        return digest.finish()
    }

    private func makeManifest(
        _ progress: Progress, _ provenance: Manifest.SideFile, _ rejections: Manifest.SideFile,
        _ findingTable: Manifest.SideFile
    ) -> Manifest {
        let table = builder.table
        var splits: [Split: Manifest.SplitContents] = [:]
        for split in Split.allCases {
            let ids = plan.splits.indices.filter { plan.splits[$0] == split }
            var classes = Array(repeating: 0, count: table.classes.count)
            for id in ids { classes[table.labels[id].index] += 1 }
            splits[split] = .init(
                samples: ids.count,
                copies: split == .train ? ids.count * (configuration.augmentation?.copies ?? 0) : 0,
                classes: classes,
                shards: plan.shards.indices.filter { plan.shards[$0].split == split }.compactMap {
                    progress.records[$0]
                })
        }
        return Manifest(
            name: configuration.name, seed: configuration.seed,
            classes: table.classes, image: builder.size, samples: table.samples.count,
            rejected: table.rejections.count,
            duplicates: .init(
                groups: plan.groupCount, samples: plan.groups.count { $0 != nil }, crossing: plan.partedGroups
            ),
            nearDuplicates: nearDuplicates, units: plan.unitCount,
            partedUnits: plan.partedUnits, folds: progress.foldMoments.folds,
            splits: splits, mean: progress.moments.mean, std: progress.moments.standardDeviation,
            compression: configuration.compression, configuration: configuration.definition,
            provenance: provenance, rejections: rejections,
            findingTable: findingTable, findings: findings)
    }
}
