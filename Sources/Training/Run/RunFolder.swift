// The folder of a training run: model, checkpoint, metrics.

internal import Dataset
internal import Foundation
internal import Shards

/// A run's folder, claimed by one process.
///
///     model.safetensors       the best by validation
///     last.safetensors        after the last epoch
///     checkpoint.safetensors  all that --resume needs
///     metrics.csv             one line per epoch
///     recipe.yaml             what was trained, with all flags applied
public final class RunFolder: Sendable {
    public static let recipeName = "recipe.yaml"
    static let checkpointName = "checkpoint.safetensors"
    static let lastName = "last.safetensors"

    public let path: String
    private let lock: Int32

    /// Creates `path`, which must not exist or be empty.
    public convenience init(creating path: String) throws {
        guard FileSystem.names(in: path).isEmpty, !FileSystem.exists(path) || isFolder(path) else {
            throw TrainingError.runExists(folder: path)
        }
        try FileSystem.createFolder(path)
        try self.init(claiming: path)
    }

    /// Opens the folder of a run that began before.
    public convenience init(resuming path: String) throws {
        guard isFolder(path) else { throw TrainingError.notARun(folder: path, reason: "it is not a folder") }
        guard FileSystem.exists("\(path)/\(Self.checkpointName)") else {
            throw TrainingError.notARun(
                folder: path, reason: "it has no \(Self.checkpointName); no epoch was finished")
        }
        try self.init(claiming: path)
    }

    /// The first of `parent/name-1`, `parent/name-2`, … that is free.
    public static func next(in parent: String, name: String) -> String {
        var number = 1
        while FileSystem.exists("\(parent)/\(name)-\(number)") { number += 1 }
        return "\(parent)/\(name)-\(number)"
    }

    private init(claiming path: String) throws {
        var path = path
        while path.count > 1, path.hasSuffix("/") { path.removeLast() }
        self.path = path
        lock = open("\(path)/.lock", O_RDWR | O_CREAT | O_CLOEXEC, 0o666)
        guard lock >= 0, flock(lock, LOCK_EX | LOCK_NB) == 0 else {
            if lock >= 0 { close(lock) }
            throw ShardError.busy(folder: path)
        }
    }

    deinit { close(lock) }

    /// Writes a text file so that it is either whole or as it was.
    public func write(_ text: String, to name: String) throws {
        try FileSystem.write([Array(text.utf8)], to: "\(path)/\(name)")
    }
}

private func isFolder(_ path: String) -> Bool {
    var isFolder: ObjCBool = false
    return FileManager.default.fileExists(atPath: path, isDirectory: &isFolder) && isFolder.boolValue
}
