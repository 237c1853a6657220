// An open folder. What is done through it happens in that folder, whatever its path leads to by then.

internal import CFiles
internal import Dataset
internal import Foundation

/// An open folder, whose entries are read and changed by name, without following links among them.
package final class Folder: Sendable {
    /// The path it was opened with, for messages.
    package let path: String
    let descriptor: Int32

    private init(_ path: String, descriptor: Int32) {
        self.path = path
        self.descriptor = descriptor
    }

    deinit { close(descriptor) }

    /// Opens an existing folder; `path` may be or contain links.
    package convenience init(_ path: String) throws(StorageError) {
        self.init(
            path,
            descriptor: try StorageError.named(path, "open") { () throws(SystemCall.Failure) in
                try SystemCall.open { open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC) }
            })
    }

    /// Opens a folder after creating it and its missing parents.
    package convenience init(creating path: String) throws(StorageError) {
        try FileSystem.createFolder(path)
        try self.init(path)
    }

    private func path(of name: String) -> String { "\(path)/\(name)" }

    // MARK: Entries

    /// Opens the folder `name` in this one, and creates it if needed.
    package func folder(creating name: String) throws(StorageError) -> Folder {
        do throws(SystemCall.Failure) {
            try SystemCall.makeFolder { mkdirat(descriptor, name, 0o777) }
        } catch {
            guard error.code == EEXIST else { throw .system(path(of: name), "create", error.code) }
        }
        return try folder(name)
    }

    /// Creates the folder `name` in this one: an error if there is one, also by another name that the file system takes
    /// for the same.
    package func createFolder(_ name: String) throws(StorageError) {
        do throws(SystemCall.Failure) {
            try SystemCall.makeFolder { mkdirat(descriptor, name, 0o777) }
        } catch {
            throw .system(path(of: name), "create", error.code)
        }
    }

    /// Opens the folder `name` in this one.
    package func folder(_ name: String) throws(StorageError) -> Folder {
        do throws(SystemCall.Failure) {
            let opened = try SystemCall.open {
                openat(descriptor, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC)
            }
            return Folder(path(of: name), descriptor: opened)
        } catch {
            guard error.code != ENOTDIR, error.code != ELOOP else {
                throw .unusable(file: path(of: name), reason: "it is a link or a file, not a folder")
            }
            throw .system(path(of: name), "open", error.code)
        }
    }

    /// What `name` in this folder is; `nil` if there is no such entry.
    package func status(of name: String) throws(StorageError) -> FileStatus? {
        do throws(SystemCall.Failure) {
            return try FileStatus(at: name, in: descriptor, followsLinks: false)
        } catch {
            if error.code == ENOENT { return nil }
            throw .system(path(of: name), "look at", error.code)
        }
    }

    /// The names in this folder, sorted by bytes.
    ///
    /// - Throws: `StorageError` if it cannot be read, or a name is not UTF-8
    package func names() throws(StorageError) -> [String] {
        // readdir moves a position that belongs to the open folder, so it gets a descriptor of its own.
        let listed = try StorageError.named(path, "list") { () throws(SystemCall.Failure) in
            try SystemCall.list { openat(descriptor, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC) }
        }
        guard let directory = fdopendir(listed) else {
            let code = errno
            close(listed)
            throw .system(path, "list", code)
        }
        defer { closedir(directory) }
        var names: [Key] = []
        while true {
            errno = 0
            guard let item = readdir(directory) else {
                guard errno == 0 else { throw .system(path, "list", errno) }
                break
            }
            names.append(withUnsafeBytes(of: &item.pointee.d_name) { Key(bytes: $0.prefix { $0 != 0 }) })
        }
        var texts: [String] = []
        for name in names.sorted() where name != "." && name != ".." {
            guard let text = String(validating: name.bytes, as: UTF8.self) else {
                throw .unusable(file: path, reason: "it holds a name that is not UTF-8: \(name.text.excerpt)")
            }
            texts.append(text)
        }
        return texts
    }

    // MARK: Changing entries

    /// Moves an entry to another folder of the same file system, and replaces what has that name there.
    package func move(
        _ name: String, to folder: Folder, _ newName: String? = nil
    ) throws(StorageError) {
        let newName = newName ?? name
        try StorageError.named(folder.path(of: newName), "rename to") { () throws(SystemCall.Failure) in
            try SystemCall.rename { renameat(descriptor, name, folder.descriptor, newName) }
        }
    }

    /// Gives a file a second name in another folder, or copies it where that is not possible.
    package func link(_ name: String, to folder: Folder) throws(StorageError) {
        if linkat(descriptor, name, folder.descriptor, name, 0) == 0 { return }
        let source = try ReadableFile(path(of: name), followsLinks: false)
        var copy = try AtomicFile(folder, name)
        for start in stride(from: 0, to: source.size, by: 4 << 20) {
            try copy.write(try source.read(start..<min(start + 4 << 20, source.size)))
        }
        try copy.commit()
    }

    /// Exchanges two entries in one step: at no moment is either of them missing.
    package func exchange(_ name: String, with folder: Folder, _ otherName: String) throws(StorageError) {
        try StorageError.named(path(of: name), "replace") { () throws(SystemCall.Failure) in
            try SystemCall.rename { files_exchange(descriptor, name, folder.descriptor, otherName) }
        }
    }

    /// Removes a file, a link, or a folder with all that it holds, if it exists.
    package func remove(_ name: String) throws(StorageError) {
        guard let status = try status(of: name) else { return }
        if status.kind == .folder {
            let folder = try folder(name)
            for inner in try folder.names() { try folder.remove(inner) }
        }
        do throws(SystemCall.Failure) {
            try SystemCall.remove { unlinkat(descriptor, name, status.kind == .folder ? AT_REMOVEDIR : 0) }
        } catch {
            if error.code != ENOENT { throw .system(path(of: name), "remove", error.code) }
        }
    }

    /// Removes the folder `name` if it is empty.
    package func removeIfEmpty(_ name: String) { unlinkat(descriptor, name, AT_REMOVEDIR) }

    /// Whether an entry may be moved to another folder of the same file system: a folder must be writable, because its
    /// `..` changes, and neither may be a mount point or unchangeable.
    ///
    /// - Parameter probe: in which a file gets a second name for a moment
    package func canMove(_ name: String, probe: Folder) throws(StorageError) -> Bool {
        guard let status = try status(of: name) else { return true }
        guard status.kind == .folder else {
            defer { unlinkat(probe.descriptor, name, 0) }
            return linkat(descriptor, name, probe.descriptor, name, 0) == 0
                // There are file systems where no file has two names, and systems that give none to what is another's.
                || linkat(descriptor, FolderLock.fileName, probe.descriptor, name, 0) != 0
                || faccessat(descriptor, name, R_OK | W_OK, AT_EACCESS) != 0 && errno == EACCES
        }
        let own = try StorageError.named(path, "look at") { () throws(SystemCall.Failure) in
            try FileStatus(of: descriptor)
        }
        return status.identity.device == own.identity.device
            && faccessat(descriptor, name, W_OK, AT_EACCESS) == 0
    }

    /// Whether what has this name here, and is no folder, has it in another folder too.
    package func shares(_ name: String, with folder: Folder) throws(StorageError) -> Bool {
        guard let status = try status(of: name), status.kind != .folder else { return false }
        return try folder.status(of: name)?.identity == status.identity
    }

    /// Gives what is no folder the same name in another folder too, where that is possible.
    package func share(_ name: String, with folder: Folder) {
        _ = linkat(descriptor, name, folder.descriptor, name, 0)
    }

    /// Gives this folder the permissions of another.
    package func copyPermissions(of other: Folder) throws(StorageError) {
        try StorageError.named(path, "change") { () throws(SystemCall.Failure) in
            let mode = try FileStatus(of: other.descriptor).mode
            try SystemCall.permissions { fchmod(descriptor, mode) }
        }
    }

    /// Makes new names durable.
    package func sync() throws(StorageError) {
        try StorageError.named(path, "sync") { () throws(SystemCall.Failure) in
            try SystemCall.sync { fsync(descriptor) }
        }
    }

    // MARK: Files

    /// Writes a file: it then holds all of `chunks`, or is unchanged after an error.
    package func write(_ chunks: [[UInt8]], to name: String) throws(StorageError) {
        var file = try AtomicFile(self, name)
        for chunk in chunks { try file.write(chunk) }
        try file.commit()
    }

    /// Writes a new file at once: not durable, and not whole after an error. For one of many files in a folder that
    /// appears under its name when all are there.
    package func create(_ name: String, _ bytes: [UInt8]) throws(StorageError) {
        let file = try StorageError.named(path(of: name), "create") { () throws(SystemCall.Failure) in
            try SystemCall.open {
                openat(descriptor, name, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0o666)
            }
        }
        defer { close(file) }
        try FileSystem.writeAll(bytes, to: file, path(of: name))
    }

    /// The contents of a file of at most `limit` bytes.
    package func read(_ name: String, limit: Int = .max) throws(StorageError) -> [UInt8] {
        try ReadableFile.contents(of: path(of: name), limit: limit)
    }
}
