// All that is known of a dataset before its shards are written.

internal import Dataset
internal import Shards
internal import Storage

/// Samples in their final order, what was found in them, and where each goes.
struct PlannedDataset: Sendable {
    let configuration: PipelineConfiguration
    let table: SampleTable
    let shape: ImageShape
    let screening: Screening
    let plan: Plan
    let nearDuplicates: Manifest.NearDuplicates

    /// - Parameters:
    ///   - inputs: paths, in the order of the numbers in `staged`, for errors
    ///   - workers: number of threads, which never affects the result
    ///   - isCancelled: polled in the search for near-duplicates, which takes most of the time
    init(
        _ staged: StagedEntries, _ inputs: [String], _ names: InputNames,
        _ configuration: PipelineConfiguration, workers: Int,
        isCancelled: @escaping @Sendable () -> Bool = { false }
    ) throws(PipelineError) {
        guard staged.rows.count > 0 else {
            if let problem = staged.labels?.problem(staged.rejections) { throw problem }
            throw .noImages(
                input: inputs.joined(separator: ", "),
                skipped: "rejected: \(staged.rejections.count), other files: \(staged.skipped.others)"
                    + (staged.skipped.links > 0 ? ", links not followed: \(staged.skipped.links)" : "")
                    + (staged.rejections.lazy.map(\.rejection).min().map { "; \($0.key): \($0.reason)" } ?? "")
            )
        }
        let total = staged.rejections.count + staged.rows.count
        var table = try SampleTable(staged, names, configuration)
        try configuration.relabelling?.apply(to: &table)
        try Self.check(table.unusable, of: total, configuration.maxRejected)
        let screening = try Screening(
            &table, pixels: staged.pixels, shape: staged.shape, configuration: configuration,
            workers: workers, input: inputs.joined(separator: ", "), isCancelled: isCancelled)
        let plan = Plan(
            table.samples, classCount: table.classes.count, ratios: configuration.ratios,
            seed: configuration.seed, copies: configuration.augmentation?.copies ?? 0,
            rowsPerShard: Manifest.rowsPerShard(bytes: configuration.shardBytes, image: staged.shape),
            foldCount: configuration.folds ?? 0, duplicates: screening.duplicates,
            units: screening.kinship.sets)
        if let count = configuration.folds { try FoldAssignment.check(plan.folds, count: count) }
        nearDuplicates = try screening.kinship.summary(plan.splits, table, pixels: staged.pixels)
        shape = staged.shape
        (self.configuration, self.table, self.screening, self.plan) = (configuration, table, screening, plan)
    }

    private static func check(
        _ unusable: (count: Int, first: Rejection?), of total: Int, _ limit: Double
    ) throws(PipelineError) {
        // A quotient of whole numbers is the closest to what it stands for, as the limit is.
        guard unusable.count > 0, Double(unusable.count) / Double(total) > limit else { return }
        let percent = (limit * 1000).rounded() / 10
        throw .tooManyRejected(
            rejected: unusable.count, of: total, limit: percent == 0 ? "none" : "\(percent) %",
            example: unusable.first.map { "\($0.key): \($0.reason)" } ?? "")
    }

    var builder: ShardBuilder {
        ShardBuilder(shape: shape, seed: configuration.seed, augmentation: configuration.augmentation)
    }

    /// A planned row with all that decides it.
    func row(_ row: PlannedRow, in split: Split) -> ShardRow {
        let id = Int(row.id)
        return ShardRow(
            id: row.id, copy: row.copy, label: table.samples[id].label.rawValue,
            fold: split == .test ? nil : plan.folds[id], slot: table.slot(id),
            identity: table.samples[id].identity)
    }

    // MARK: Tables

    func writeProvenance(to folder: Folder) throws -> Manifest.SideFile {
        let rows = Provenance.encode(count: table.samples.count) { write in
            try table.forEach { id, key, source, operations in
                try write(
                    ProvenanceRow(
                        key: key, label: table.labelName(id), split: plan.splits[id],
                        shard: Int(plan.places[id].shard), slot: Int(plan.places[id].slot),
                        source: source, sourceSize: table.samples[id].sourceSize,
                        group: plan.groups[id].map(Int.init), unit: plan.units[id].map(Int.init),
                        fold: plan.folds[id].map(Int.init), operations: operations.text))
            }
        }
        return try SideFile.write(rows, name: Provenance.fileName, folder: folder)
    }

    func writeRejections(to folder: Folder) throws -> Manifest.SideFile {
        try SideFile.write(Rejections.encode(table.rejections), name: Rejections.fileName, folder: folder)
    }

    func writeFindings(to folder: Folder) throws -> Manifest.SideFile {
        try SideFile.write(
            FindingTable.encode(screening.findingRows) { id in
                (try table.key(Int(id)), table.labelName(Int(id)))
            }, name: FindingTable.fileName, folder: folder)
    }

    /// - Parameters:
    ///   - records: of the shards in the order of the plan; without them, the manifest is a draft
    ///   - moments: of all pixels in train
    func manifest(
        records: [ShardRecord], moments: PixelMoments, folds: FoldMoments, provenance: Manifest.SideFile,
        rejections: Manifest.SideFile, findings: Manifest.SideFile
    ) -> Manifest {
        var splits: [Split: Manifest.SplitContents] = [:]
        for split in Split.allCases {
            let ids = plan.splits.indices.filter { plan.splits[$0] == split }
            var classes = Array(repeating: 0, count: table.classes.count)
            for id in ids { classes[table.samples[id].label.index] += 1 }
            splits[split] = .init(
                samples: ids.count,
                copies: split == .train ? ids.count * (configuration.augmentation?.copies ?? 0) : 0,
                classes: classes, shards: zip(plan.shards, records).filter { $0.0.split == split }.map(\.1))
        }
        return Manifest(
            name: configuration.name, seed: configuration.seed,
            classes: table.classes, image: shape, samples: table.samples.count,
            rejected: table.rejections.count,
            duplicates: .init(
                groups: plan.groupCount, samples: plan.groups.count { $0 != nil }, crossing: plan.partedGroups
            ),
            nearDuplicates: nearDuplicates, units: plan.unitCount,
            partedUnits: plan.partedUnits, folds: folds.folds,
            splits: splits, mean: moments.mean, std: moments.standardDeviation,
            compression: configuration.compression, configuration: configuration.definition,
            provenance: provenance, rejections: rejections,
            findingTable: findings, findings: screening.findings)
    }
}
