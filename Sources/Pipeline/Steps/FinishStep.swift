// The last step: the dataset's folder, complete or not at all.

internal import Dataset
public import Shards
internal import Storage

extension WorkFolder {
    /// Makes the dataset from all shards.
    ///
    /// - Returns: its manifest
    /// - Throws: ``WorkError``, ``ShardError`` or ``StorageError``
    public func finish(_ output: String, overwrite: Bool) throws -> Manifest {
        let plan = try WorkPlan(self)
        let shards = try plan.shards.indices.map { try ShardStep(plan: plan, number: $0).written() }
        var (moments, folds) = (PixelMoments(), FoldMoments(folds: configuration.folds ?? 0))
        for shard in shards {
            moments.add(shard.moments)
            folds.add(shard.foldMoments)
        }
        let draft = "\(path)/\(WorkPlan.draftName)"
        let manifest = try Manifest(
            draft: draft, moments: moments, folds: folds,
            shards: Dictionary(
                grouping: zip(plan.shards.map(\.identity.split), shards.map(\.record)), by: \.0
            ).mapValues { $0.map(\.1) })
        // Done by another who had the same task.
        if let done = try? PreparedDataset(output).manifest, done.json == manifest.json { return done }
        let folder = try OutputFolder(output, overwrite: overwrite)
        do {
            try folder.removeRemains()
            let from = (try Folder("\(path)/shards"), try Folder("\(path)/\(WorkPlan.name)"))
            for shard in shards { try from.0.link(shard.record.name, to: folder.partial) }
            for name in manifest.tableNames { try from.1.link(name, to: folder.partial) }
            try folder.commit(manifest)
        } catch {
            folder.discard()
            throw error
        }
        return manifest
    }
}
