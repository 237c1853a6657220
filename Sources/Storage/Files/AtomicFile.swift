// A file that appears under its name when it is complete, or not at all.

internal import Foundation

/// A new file that takes the place of `name` in a folder once `commit` succeeds; without that, nothing is left of it.
package struct AtomicFile: ~Copyable {
    private let folder: Folder
    private let name: String
    private let temporary: String
    /// For writing by other libraries, from the beginning on.
    package let descriptor: Int32
    private var isCommitted: Bool

    package init(_ folder: Folder, _ name: String) throws(StorageError) {
        // A link is replaced, not followed.
        let found = try folder.status(of: name)
        if let found, found.kind == .folder || found.kind == .other {
            throw .system(path: "\(folder.path)/\(name)", action: "write", reason: "it is not a file")
        }
        // What nobody else may read stays so from the beginning on.
        let mode = found.map { $0.kind == .file ? $0.mode : 0o666 } ?? 0o666
        // Nobody else's file, not even one that was left behind: a new name, which must not exist.
        let temporary = Self.temporaryName(name)
        let descriptor = try StorageError.named("\(folder.path)/\(name)", "create") {
            () throws(SystemCall.Failure) in
            try SystemCall.open {
                openat(
                    folder.descriptor, temporary, O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, mode)
            }
        }
        (self.folder, self.name, self.temporary) = (folder, name, temporary)
        (self.descriptor, isCommitted) = (descriptor, false)
    }

    /// Creates the file that will be at `path`, or where that leads if it is a link. Its folder must exist, and a file
    /// that is there already must be writable.
    package init(_ path: String) throws(StorageError) {
        if FileSystem.exists(path), access(path, W_OK) != 0 {
            let code = errno
            throw code == ENOENT
                ? .system(path: path, action: "write", reason: "it is a link that leads nowhere")
                : .system(path, "write", code)
        }
        let (parent, name) = FileSystem.split(FileSystem.resolved(path))
        let folder: Folder
        do throws(StorageError) {
            folder = try Folder(parent)
        } catch {
            guard case .system(_, _, let reason) = error else { throw error }
            throw .system(path: path, action: "create", reason: reason)
        }
        try self.init(folder, name)
    }

    private static func temporaryName(_ name: String) -> String {
        // Names have at most 255 bytes.
        let start = String(decoding: name.utf8.prefix(100), as: UTF8.self)
        let digits = String(UInt64.random(in: 0...UInt64.max), radix: 36)
        return ".\(start).\(String(repeating: "0", count: 13 - digits.utf8.count))\(digits).prep.tmp"
    }

    /// Whether a file of this name is what a process that was killed left of an `AtomicFile`: nobody else's has it.
    package static func isTemporary(_ name: String) -> Bool {
        name.wholeMatch(of: /\..+\.[0-9a-z]{13}\.prep\.tmp/) != nil
    }

    /// Removes files that a killed process left in a folder of prep's own.
    package static func removeRemains(in folder: Folder) throws(StorageError) {
        for name in try folder.names() where isTemporary(name) {
            if try folder.status(of: name)?.kind == .file { try folder.remove(name) }
        }
    }

    package mutating func write(_ bytes: [UInt8]) throws(StorageError) {
        try FileSystem.writeAll(bytes, to: descriptor, path)
    }

    private var path: String { "\(folder.path)/\(name)" }

    /// Makes the contents durable, then gives the file its name. It keeps the permissions of the file that it replaces.
    package mutating func commit() throws(StorageError) {
        if let replaced = try folder.status(of: name), replaced.kind == .file {
            fchmod(descriptor, replaced.mode)
        }
        try sync()
        try folder.move(temporary, to: folder, name)
        isCommitted = true
    }

    /// The same, unless something has the name by then. Then nothing is left of this file.
    package mutating func commitIfNew() throws(StorageError) {
        try sync()
        // Where files cannot have two names, who comes last wins.
        if linkat(folder.descriptor, temporary, folder.descriptor, name, 0) != 0, errno != EEXIST {
            try folder.move(temporary, to: folder, name)
            isCommitted = true
        }
    }

    private func sync() throws(StorageError) {
        try StorageError.named(path, "write") { () throws(SystemCall.Failure) in
            try SystemCall.sync { fsync(descriptor) }
        }
    }

    deinit {
        close(descriptor)
        if !isCommitted { unlinkat(folder.descriptor, temporary, 0) }
    }
}
