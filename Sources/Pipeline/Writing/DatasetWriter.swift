// Step three on one machine: writes shards and provenance in parallel, then the other tables, then the manifest.

internal import Dataset
internal import Foundation
internal import Parallel
internal import Shards
internal import Storage

/// Writes a planned dataset into its folder.
struct DatasetWriter: Sendable {
    let dataset: PlannedDataset
    let pixels: PixelStore
    let folder: OutputFolder
    let workers: Int
    let isCancelled: @Sendable () -> Bool
    let report: @Sendable (PreparationProgress) -> Void

    private struct Progress {
        var records: [Int: ShardRecord] = [:]
        var moments: PixelMoments
        var foldMoments: FoldMoments
        var rows = 0
    }

    /// Writes everything and commits.
    func write() throws -> Manifest {
        let shards = dataset.plan.shards
        let channels = dataset.shape.channels
        let state = Lock(
            Progress(
                moments: PixelMoments(channels: channels),
                foldMoments: FoldMoments(folds: dataset.configuration.folds ?? 0, channels: channels)))
        let total = shards.reduce(0) { $0 + $1.rows.count }
        // The provenance is one more task. It takes longest, so it goes first.
        let provenance = Lock<Manifest.SideFile?>(nil)
        try forEachIndex(below: shards.count + 1, workers: workers) { _, index in
            if isCancelled() { throw PipelineError.interrupted }
            if index == 0 {
                let file = try dataset.writeProvenance(to: folder.partial)
                provenance.withLock { $0 = file }
                return
            }
            let written = try write(shards[index - 1])
            let rows = state.withLock { state in
                state.records[index - 1] = written.record
                state.moments.add(written.moments)
                state.foldMoments.add(written.foldMoments)
                state.rows += written.record.samples
                return state.rows
            }
            report(
                .init(
                    phase: .writing, fraction: Double(rows) / Double(max(total, 1)), images: rows,
                    rejected: dataset.table.rejections.count))
        }
        guard let provenance = provenance.withLock({ $0 }) else { throw PipelineError.interrupted }
        let (rejections, findings) = (
            try dataset.writeRejections(to: folder.partial), try dataset.writeFindings(to: folder.partial)
        )
        let manifest = state.withLock { state in
            dataset.manifest(
                records: shards.indices.compactMap { state.records[$0] }, moments: state.moments,
                folds: state.foldMoments, provenance: provenance, rejections: rejections, findings: findings)
        }
        if isCancelled() { throw PipelineError.interrupted }
        try folder.commit(manifest)
        return manifest
    }

    private func write(_ shard: PlannedShard) throws -> WrittenShard {
        let samples = try dataset.builder.samples(shard.rows.map { dataset.row($0, in: shard.split) }) {
            (slot, output) throws(PipelineError) in try pixels.read(Int(slot), into: output)
        }
        let identity = ShardIdentity(
            split: shard.split, shard: shard.number, shards: shard.count, classes: dataset.table.classes)
        return try WrittenShard(samples, identity, dataset.configuration, to: folder.partial)
    }
}

/// A shard that was written, and what the manifest says about the pixels of all shards together.
struct WrittenShard {
    let record: ShardRecord
    /// Of train; empty for other splits.
    let moments: PixelMoments
    let foldMoments: FoldMoments

    var json: JSONValue {
        .object(["record": record.json, "moments": moments.json, "folds": foldMoments.json])
    }

    /// Reads what `json` gives.
    ///
    /// - Parameters:
    ///   - name: the file name that it must have
    ///   - folds: of the dataset
    init(
        _ json: JSONValue, name: String, image: ImageShape, isCompressed: Bool, folds: Int
    ) throws(JSONProblem) {
        var object = try JSONObject(json)
        var record = try object.object("record")
        self.record = try ShardRecord(&record, name: name, image: image, isCompressed: isCompressed)
        moments = try PixelMoments(&object, "moments", channels: image.channels)
        foldMoments = try FoldMoments(&object, "folds", folds: folds, channels: image.channels)
    }

    init(
        _ samples: ShardSamples, _ identity: ShardIdentity, _ configuration: PipelineConfiguration,
        to folder: Folder
    ) throws {
        let channels = samples.shape.channels
        moments =
            identity.split == .train
            ? PixelMoments(samples.images, channels: channels) : PixelMoments(channels: channels)
        var foldMoments = FoldMoments(folds: configuration.folds ?? 0, channels: channels)
        foldMoments.add(samples)
        self.foldMoments = foldMoments
        record = try ShardWriter(compression: configuration.compression).write(
            samples, identity: identity, to: folder)
    }
}
