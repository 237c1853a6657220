// Writes an output folder: files go to a hidden folder first, survive a crash, and the manifest comes last.

package import Dataset
internal import Foundation
internal import Storage

/// A dataset folder while it is being written.
///
/// Everything is first written to `.partial` inside the folder, so a dataset that is being replaced stays
/// complete. `commit` removes the old manifest, moves the new files up and puts the new manifest last: at any
/// moment, a folder with a manifest is complete.
package final class OutputFolder: Sendable {
    package let path: String
    /// The folder for files that are not committed yet.
    package let partial: String
    private let lock: FolderLock
    private let existedBefore: Bool

    /// Claims `path` for writing.
    ///
    /// - Throws: `folderExists` when a dataset is there and `overwrite` is false, `notOurs` when
    ///   there are other files, `busy` when another process is writing.
    package init(_ path: String, overwrite: Bool) throws {
        self.path = path
        partial = "\(path)/\(Self.partialName)"
        existedBefore = FileSystem.exists(path)
        try Self.check(path, overwrite: overwrite)
        try FileSystem.createFolder(partial)
        lock = try FolderLock(path, file: "\(partial)/lock")
    }

    static let partialName = ".partial"
    /// The manifest's name just before the dataset is complete.
    static let pendingManifest = ".dataset.json.pending"

    private static func check(_ path: String, overwrite: Bool) throws {
        let names = try FileSystem.names(in: path)
        if names.isEmpty { return }
        if names.contains(Manifest.fileName) {
            guard overwrite else { throw ShardError.folderExists(folder: path) }
            // If another program wrote dataset.json, the files beside it must not be lost.
            do {
                _ = try Manifest(contentsOf: "\(path)/\(Manifest.fileName)")
            } catch {
                if names.contains(where: { !isOurs($0) }) { throw ShardError.notOurs(folder: path) }
            }
        } else if names.contains(where: { !isOurs($0) })
            || !names.contains(where: { $0 == partialName || $0 == pendingManifest })
        {
            throw ShardError.notOurs(folder: path)
        }
    }

    /// Whether a preparation writes files of this name.
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

    /// Removes the files of an interrupted preparation, unless it was writing the same data.
    ///
    /// - Parameter plan: a digest of everything that decides the bytes of the shards
    package func begin(plan: Digest) throws {
        let marker = "\(partial)/plan"
        if let bytes = try? FileSystem.read(marker), bytes == Array(plan.hex.utf8) { return }
        for name in try FileSystem.names(in: partial) where name != "lock" {
            try FileSystem.remove("\(partial)/\(name)")
        }
        try FileSystem.write([Array(plan.hex.utf8)], to: marker)
    }

    /// The record of a shard that an interrupted preparation finished, if the file is intact.
    ///
    /// - Parameter image: the size of its images
    package func finishedShard(_ name: String, image: ImageSize) -> ShardRecord? {
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
    package func noteFinished(_ record: ShardRecord) throws {
        try FileSystem.write([Array(record.json.canonicalText.utf8)], to: "\(partial)/\(record.name).record")
    }

    // MARK: Ending

    /// Moves everything into place; afterwards the folder is a dataset.
    package func commit(_ manifest: Manifest) throws {
        try FileSystem.write([Array(manifest.json.readableText.utf8)], to: "\(partial)/\(Manifest.fileName)")
        try FileSystem.remove("\(path)/\(Manifest.fileName)")
        try FileSystem.sync(folder: path)
        for name in try FileSystem.names(in: path) where name != Self.partialName && Self.isOurs(name) {
            try FileSystem.remove("\(path)/\(name)")
        }
        let files = manifest.shards.map(\.record.name) + [manifest.provenance.name, manifest.rejections.name]
        for name in files { try FileSystem.rename("\(partial)/\(name)", to: "\(path)/\(name)") }
        try FileSystem.sync(folder: path)
        // The manifest makes the folder a dataset, so it appears when everything else is done.
        let pending = "\(path)/\(Self.pendingManifest)"
        try FileSystem.rename("\(partial)/\(Manifest.fileName)", to: pending)
        try FileSystem.remove(partial)
        try FileSystem.sync(folder: path)
        try FileSystem.rename(pending, to: "\(path)/\(Manifest.fileName)")
        try FileSystem.sync(folder: path)
    }

    /// Removes everything this preparation has written. A dataset that was there before is untouched.
    package func discard() {
        try? FileSystem.remove(partial)
        try? FileSystem.remove("\(path)/\(Self.pendingManifest)")
        if !existedBefore { rmdir(path) }
    }
}
