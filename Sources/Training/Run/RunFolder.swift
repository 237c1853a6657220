// The folder of a training run: model, checkpoint, metrics.

internal import Dataset
internal import Shards
internal import Storage

/// The folder of a run, locked by one process.
///
///     model.safetensors       the best by validation
///     last.safetensors        after the last epoch
///     checkpoint.safetensors  all that --resume needs
///     metrics.csv             one line per epoch
///     recipe.yaml             the recipe, with all flags applied
///     result.json             evaluation of the best model, when the run has ended
///     report.html, *.svg      the run's page and its curves, written by `prep train`
///     .beginning              until there is a checkpoint
public final class RunFolder: Sendable {
    static let recipeName = "recipe.yaml"
    static let checkpointName = "checkpoint.safetensors"
    static let lastName = "last.safetensors"

    /// Path of the folder, without a slash at its end.
    public let path: String
    private let folder: Folder
    private let lock: FolderLock

    /// Creates and locks a folder for a new run. It may exist if it is empty, or if its run wrote no checkpoint.
    ///
    /// - Throws: ``TrainingError`` if it holds anything else, `StorageError` if it is locked or cannot be created
    public convenience init(creating path: String) throws {
        try FileSystem.requireNoFile(at: path)
        guard try Self.isUnused(path) else {
            throw TrainingError.runExists(
                folder: path, isRun: FileSystem.exists("\(path)/\(Self.checkpointName)"))
        }
        try self.init(claiming: path)
        // Another process may have trained here before this one got the lock.
        guard try Self.isUnused(path) else { throw TrainingError.runExists(folder: path, isRun: true) }
        try AtomicFile.removeRemains(in: folder)
        try write("", to: Self.beginningName)
    }

    /// Stands in a folder until its run has a checkpoint, and says that what lies there is nobody's result.
    private static let beginningName = ".beginning"

    /// Names of files that a run writes before its first checkpoint.
    private static let earlyNames = [
        FolderLock.fileName, beginningName, recipeName, Model.fileName, MetricsFile.name, "report.html",
        "loss.svg", "accuracy.svg",
    ]

    /// Whether a run writes a file of this name into its folder.
    package static func hasFile(_ name: String) -> Bool {
        (earlyNames + [lastName, checkpointName, RunResult.fileName]).contains(name)
    }

    /// Whether a folder holds only files that a run writes before its first checkpoint, and the mark of one that has none.
    private static func isUnused(_ path: String) throws -> Bool {
        let names = try FileSystem.names(in: path).filter { !AtomicFile.isTemporary($0) }
        return names.allSatisfy { $0 == FolderLock.fileName }
            || names.contains(beginningName) && names.allSatisfy(earlyNames.contains)
    }

    /// Opens and locks the folder of a run that is to be resumed.
    ///
    /// - Throws: ``TrainingError`` if the run has no checkpoint, `StorageError` if the folder is locked
    public convenience init(resuming path: String) throws {
        guard FileSystem.isFolder(path),
            [FolderLock.fileName, Self.recipeName, Self.checkpointName].contains(where: {
                FileSystem.exists("\(path)/\($0)")
            })
        else { throw TrainingError.noRun(path: path) }
        try self.init(claiming: path)
        guard FileSystem.exists("\(path)/\(Self.checkpointName)") else {
            throw TrainingError.notARun(
                folder: path,
                reason: "it has no finished epoch\nStart it again; --output may name this folder.")
        }
        try AtomicFile.removeRemains(in: folder)
    }

    /// - Throws: `TrainingError` if the run's recipe.yaml was changed, because a run cannot change its recipe
    func requireRecipe(_ recipe: Recipe) throws {
        let file = "\(path)/\(Self.recipeName)"
        guard FileSystem.exists(file) else { return try write(recipe.yaml, to: Self.recipeName) }
        guard FileSystem.isFile(file) else {
            throw TrainingError.notARun(folder: path, reason: "its \(Self.recipeName) is not a file")
        }
        guard try Recipe(contentsOf: file) == recipe else {
            throw TrainingError.notARun(
                folder: path,
                reason: "its \(Self.recipeName) was changed, but a run cannot change its recipe\n"
                    + "Start a new run with --recipe \(file).")
        }
    }

    /// The first of `parent/name-1`, `parent/name-2`, … that does not exist.
    package static func next(in parent: String, name: String) -> String {
        var number = 1
        while FileSystem.exists("\(parent)/\(name)-\(number)") { number += 1 }
        return "\(parent)/\(name)-\(number)"
    }

    private init(claiming path: String) throws {
        var path = path
        while path.count > 1, path.hasSuffix("/") { path.removeLast() }
        self.path = path
        (folder, lock) = try FolderLock.claim(path)
    }

    /// Writes a text file atomically.
    package func write(_ text: String, to name: String) throws {
        try folder.write([Array(text.utf8)], to: name)
    }

    /// Writes a model or a checkpoint atomically.
    func write(_ tensors: WeightsFile, to name: String) throws(StorageError) {
        try folder.write(tensors.encoded(for: name), to: name)
        if name == Self.checkpointName { try folder.remove(Self.beginningName) }
    }

    /// Makes the names of new files durable.
    func sync() throws(StorageError) { try folder.sync() }
}
