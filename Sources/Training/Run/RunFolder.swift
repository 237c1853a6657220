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
///     result.json             how the best model did, when the run has ended
///     report.html, *.svg      the run's page and its curves, written by who runs it
public final class RunFolder: Sendable {
    public static let recipeName = "recipe.yaml"
    static let checkpointName = "checkpoint.safetensors"
    private static let lockName = ".lock"
    static let lastName = "last.safetensors"

    public let path: String
    private let lock: Int32

    /// Creates `path`, which must not exist, be empty, or be left by a run without a checkpoint.
    public convenience init(creating path: String) throws {
        guard !FileSystem.exists(path) || FileSystem.isFolder(path), try Self.isUnused(path) else {
            throw TrainingError.runExists(
                folder: path, isRun: FileSystem.exists("\(path)/\(Self.checkpointName)"))
        }
        try FileSystem.createFolder(path)
        try self.init(claiming: path)
        // Another process may have trained here before the claim.
        guard try Self.isUnused(path) else { throw TrainingError.runExists(folder: path, isRun: true) }
    }

    /// Whether a folder holds nothing but what a run writes before its first checkpoint.
    private static func isUnused(_ path: String) throws -> Bool {
        let names = try FileSystem.names(in: path)
        return names.isEmpty
            || names.contains(lockName)
                && names.allSatisfy { name in
                    [lockName, recipeName, Model.fileName, MetricsFile.name, "report.html"].contains(name)
                        || name.hasSuffix(".svg") || name.hasSuffix(".tmp")
                }
    }

    /// Opens the folder of a run that began before.
    public convenience init(resuming path: String) throws {
        guard FileSystem.isFolder(path) else {
            throw TrainingError.notARun(folder: path, reason: "it is not a folder")
        }
        guard
            [Self.lockName, Self.recipeName, Self.checkpointName].contains(where: {
                FileSystem.exists("\(path)/\($0)")
            })
        else { throw TrainingError.notARun(folder: path, reason: "it is not the folder of a run") }
        try self.init(claiming: path)
        guard FileSystem.exists("\(path)/\(Self.checkpointName)") else {
            throw TrainingError.notARun(
                folder: path, reason: "no epoch was finished\nBegin it again; its --output may be the same.")
        }
    }

    /// - Throws: when the run's recipe.yaml is not what it was, as a run that goes on keeps its recipe
    func requireRecipe(_ recipe: Recipe) throws {
        let file = "\(path)/\(Self.recipeName)"
        guard FileSystem.exists(file) else { return try write(recipe.yaml, to: Self.recipeName) }
        guard try Recipe(contentsOf: file) == recipe else {
            throw TrainingError.notARun(
                folder: path,
                reason: "its \(Self.recipeName) was changed, and a run keeps its recipe\n"
                    + "Begin another with --recipe \(file).")
        }
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
        let file = "\(path)/\(Self.lockName)"
        lock = open(file, O_RDWR | O_CREAT | O_CLOEXEC, 0o666)
        guard lock >= 0 else {
            throw ShardError.system(path: file, action: "open", reason: String(cString: strerror(errno)))
        }
        // All properties are set: deinit closes it.
        guard flock(lock, LOCK_EX | LOCK_NB) == 0 else { throw ShardError.busy(folder: path) }
    }

    deinit {
        if lock >= 0 { close(lock) }
    }

    /// Writes a text file so that it is either whole or as it was.
    public func write(_ text: String, to name: String) throws {
        try FileSystem.write([Array(text.utf8)], to: "\(path)/\(name)")
    }
}
