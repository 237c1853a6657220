// The life of an output folder: written aside, resumed after a kill, committed by its manifest.

public import Dataset
internal import Foundation

/// A dataset folder while it is being written.
///
/// Everything is first written to `.partial` inside the folder. A finished dataset that is being
/// replaced stays complete until then. `commit` removes its manifest, moves the new files up and
/// puts the new manifest last; so at any moment a folder with a manifest is whole.
public final class OutputFolder: Sendable {
    public let path: String
    /// Where files go until they are committed.
    public let partial: String
    private let lock: Int32
    private let existedBefore: Bool

    /// Claims `path` for writing.
    ///
    /// - Throws: `folderExists` when a dataset is there and `overwrite` is false, `notOurs` when
    ///   there are files that are no dataset, `busy` when another process is writing.
    public init(_ path: String, overwrite: Bool) throws(ShardError) {
        self.path = path
        partial = "\(path)/\(Self.partialName)"
        existedBefore = FileSystem.exists(path)
        try Self.check(path, overwrite: overwrite)
        try FileSystem.createFolder(partial)
        lock = open("\(partial)/lock", O_RDWR | O_CREAT | O_CLOEXEC, 0o666)
        guard lock >= 0 else { throw systemError(partial, "write to") }
        // All properties are set: deinit closes it.
        guard flock(lock, LOCK_EX | LOCK_NB) == 0 else { throw .busy(folder: path) }
    }

    static let partialName = ".partial"
    /// The manifest's name in the moment before it becomes valid.
    static let pendingManifest = ".dataset.json.pending"

    deinit {
        if lock >= 0 { close(lock) }
    }

    private static func check(_ path: String, overwrite: Bool) throws(ShardError) {
        let names = try FileSystem.names(in: path)
        if names.isEmpty { return }
        if names.contains(Manifest.fileName) {
            guard overwrite else { throw .folderExists(folder: path) }
            // A dataset.json that some other program wrote must not cost its neighbours.
            do throws(ShardError) {
                _ = try Manifest(contentsOf: "\(path)/\(Manifest.fileName)")
            } catch {
                if names.contains(where: { !isOurs($0) }) { throw .notOurs(folder: path) }
            }
        } else if names.contains(where: { !isOurs($0) })
            || !names.contains(where: { $0 == partialName || $0 == pendingManifest })
        {
            throw .notOurs(folder: path)
        }
    }

    /// Whether a name is one that a preparation writes.
    static func isOurs(_ name: String) -> Bool {
        name == Manifest.fileName || name == partialName || name == pendingManifest
            || name == Provenance.fileName
            || name == Rejections.fileName || isShard(name)
    }

    private static func isShard(_ name: String) -> Bool {
        Split.allCases.contains { name.hasPrefix($0.rawValue + "-") } && name.contains("-of-")
            && (name.hasSuffix(".safetensors") || name.hasSuffix(".safetensors.zst"))
    }

    // MARK: Resuming

    /// Removes what an earlier, interrupted run left, unless it was writing the very same data.
    ///
    /// - Parameter plan: a digest of everything that decides the bytes of the shards
    public func begin(plan: Digest) throws(ShardError) {
        let marker = "\(partial)/plan"
        if let bytes = try? FileSystem.read(marker), bytes == Array(plan.hex.utf8) { return }
        for name in try FileSystem.names(in: partial) where name != "lock" {
            try FileSystem.remove("\(partial)/\(name)")
        }
        try FileSystem.write([Array(plan.hex.utf8)], to: marker)
    }

    /// The record of a shard that an interrupted run has already finished, if the file is intact.
    ///
    /// - Parameter image: the size of its images
    public func finishedShard(_ name: String, image: ImageSize) -> ShardRecord? {
        guard let text = try? FileSystem.read("\(partial)/\(name).record"),
            var object = try? JSONObject(JSONValue(parsing: text)),
            let record = try? ShardRecord(
                &object, name: name, image: image, isCompressed: name.hasSuffix(".zst")),
            let bytes = try? FileSystem.read("\(partial)/\(name)"), bytes.count == record.bytes,
            Digest(of: bytes) == record.sha256
        else { return nil }
        return record
    }

    /// Notes that a shard is finished.
    public func noteFinished(_ record: ShardRecord) throws(ShardError) {
        try FileSystem.write([Array(record.json.canonicalText.utf8)], to: "\(partial)/\(record.name).record")
    }

    // MARK: Ending

    /// Moves everything into place; afterwards the folder is a dataset.
    public func commit(_ manifest: Manifest) throws(ShardError) {
        try FileSystem.write([Array(manifest.json.readableText.utf8)], to: "\(partial)/\(Manifest.fileName)")
        try FileSystem.remove("\(path)/\(Manifest.fileName)")
        try FileSystem.sync(folder: path)
        for name in try FileSystem.names(in: path) where name != Self.partialName && Self.isOurs(name) {
            try FileSystem.remove("\(path)/\(name)")
        }
        let files = manifest.shards.map(\.record.name) + [manifest.provenance.name, manifest.rejections.name]
        for name in files { try FileSystem.rename("\(partial)/\(name)", to: "\(path)/\(name)") }
        try FileSystem.sync(folder: path)
        // The manifest is what makes the folder a dataset; when it appears, nothing else is left to do.
        let pending = "\(path)/\(Self.pendingManifest)"
        try FileSystem.rename("\(partial)/\(Manifest.fileName)", to: pending)
        try FileSystem.remove(partial)
        try FileSystem.sync(folder: path)
        try FileSystem.rename(pending, to: "\(path)/\(Manifest.fileName)")
        try FileSystem.sync(folder: path)
    }

    /// Removes everything this run has written. A dataset that was there before is untouched.
    public func discard() {
        try? FileSystem.remove(partial)
        try? FileSystem.remove("\(path)/\(Self.pendingManifest)")
        if !existedBefore { rmdir(path) }
    }
}
