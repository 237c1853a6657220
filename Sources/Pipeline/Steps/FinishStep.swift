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
        let plan = try WorkPlan(self, parts: 0..<parts, checks: { _ in true })
        let shards = try plan.shards.indices.map { try ShardStep(plan: plan, number: $0).written() }
        let channels = plan.image.channels
        var moments = PixelMoments(channels: channels)
        var folds = FoldMoments(folds: configuration.folds ?? 0, channels: channels)
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
        defer { removeRemains() }
        func isDone() -> Bool {
            guard let made = try? PreparedDataset(output).manifest, made.json == manifest.json else {
                return false
            }
            return made.files.allSatisfy { file in
                (try? ReadableFile("\(output)/\(file.name)", followsLinks: false).size) == file.bytes
            }
        }
        if isDone() {
            // One that was killed at the very end has left its lock.
            (try? OutputFolder(output, overwrite: true))?.discard()
            return manifest
        }
        let folder: OutputFolder
        do {
            folder = try OutputFolder(output, overwrite: overwrite)
        } catch {
            // Another who had the same task may just have done it.
            if isDone() { return manifest }
            throw error
        }
        do {
            try folder.removeRemains()
            let from = (try Folder("\(path)/shards"), try Folder("\(path)/\(WorkPlan.name)"))
            for shard in shards { try from.0.link(shard.record.name, to: folder.partial) }
            for table in manifest.sideFiles { try from.1.link(table.name, to: folder.partial) }
            try folder.commit(manifest)
        } catch {
            folder.discard()
            throw error
        }
        return manifest
    }

    /// Removes what steps that were killed have left. Another who is still at a step that is done fails and may try again.
    private func removeRemains() {
        guard let root = try? Folder(path) else { return }
        let inner = ["staged", WorkPlan.name, "partition", "shards"].compactMap { try? root.folder($0) }
        for folder in [root] + inner { try? AtomicFile.removeRemains(in: folder) }
    }
}
