// Writes archives and gzip files with libarchive, without times in them.

internal import CArchive
package import Dataset
internal import Storage

/// Errors in writing synthetic data.
package enum SynthesisError: Failure, Equatable {
    case cannotWrite(path: String, reason: String)
    case exists(path: String)
    case unknownFormat(path: String)

    package var kind: FailureKind {
        switch self {
        case .cannotWrite: .io
        case .exists, .unknownFormat: .usage
        }
    }

    package var description: String {
        switch self {
        case .cannotWrite(let path, let reason): "\(path): cannot be written: \(reason)"
        case .exists(let path): "\(path): exists already\nRemove it, or choose another name."
        case .unknownFormat(let path):
            "\(path): no archive format for this name\nUse a name that ends in .zip, .tar, .tar.gz or .7z."
        }
    }
}

/// An archive that members are appended to.
struct ArchiveWriter: ~Copyable {
    private let handle: OpaquePointer
    private let path: String
    private var file: AtomicFile

    /// Creates an archive in the format that the extension of `path` names.
    init(path: String) throws {
        let file = try AtomicFile(path)
        let handle = try Self.open(path, file) { archive_write_set_format_filter_by_ext($0, path) }
        self.init(handle, path, file)
    }

    /// Creates a file that is one gzip stream.
    init(gzip path: String) throws {
        let file = try AtomicFile(path)
        let handle = try Self.open(path, file) { handle in
            archive_write_add_filter_gzip(handle)
            // Without this, the gzip header contains the current time.
            archive_write_set_filter_option(handle, "gzip", "timestamp", nil)
            return archive_write_set_format_raw(handle)
        }
        self.init(handle, path, file)
    }

    private init(_ handle: OpaquePointer, _ path: String, _ file: consuming AtomicFile) {
        self.handle = handle
        self.path = path
        self.file = file
    }

    private static func open(
        _ path: String, _ file: borrowing AtomicFile, _ configure: (OpaquePointer) -> Int32
    ) throws(SynthesisError) -> OpaquePointer {
        guard let handle = archive_write_new() else {
            throw .cannotWrite(path: path, reason: "out of memory")
        }
        guard configure(handle) == ARCHIVE_OK else {
            archive_write_free(handle)
            throw .unknownFormat(path: path)
        }
        guard archive_write_open_fd(handle, file.descriptor) == ARCHIVE_OK else {
            let reason = archive_error_string(handle).map { String(cString: $0) } ?? "unknown error"
            archive_write_free(handle)
            throw .cannotWrite(path: path, reason: reason)
        }
        return handle
    }

    deinit { archive_write_free(handle) }

    /// Adds a regular file.
    func add(_ name: String, _ bytes: [UInt8]) throws(SynthesisError) {
        let entry = archive_entry_new()
        defer { archive_entry_free(entry) }
        archive_entry_set_pathname(entry, name)
        archive_entry_set_size(entry, Int64(bytes.count))
        archive_entry_set_filetype(entry, 0o100000)
        archive_entry_set_perm(entry, 0o644)
        archive_entry_set_mtime(entry, 0, 0)
        guard archive_write_header(handle, entry) == ARCHIVE_OK,
            archive_write_data(handle, bytes, bytes.count) == bytes.count
        else { throw failure }
    }

    /// Completes the file, which then appears under its name.
    mutating func finish() throws {
        guard archive_write_close(handle) == ARCHIVE_OK else { throw failure }
        try file.commit()
    }

    private var failure: SynthesisError {
        // libarchive says “write error”; the system's reason is its number.
        let code = archive_errno(handle)
        let text = archive_error_string(handle).map { String(cString: $0) } ?? "unknown error"
        return .cannotWrite(path: path, reason: code > 0 ? String(systemError: code) : text)
    }
}
