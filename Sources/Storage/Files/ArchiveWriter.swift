// Writes archives and gzip files with libarchive, without times, owners or permissions of this machine in them.

internal import CArchive

/// An archive that members are appended to. It appears under its name when it is complete.
package struct ArchiveWriter: ~Copyable {
    /// What is written.
    package enum Format {
        /// An archive in the format that the extension of its name says.
        case ofExtension
        /// One gzip stream.
        case gzip
        /// A tar of the GNU kind, without extended headers.
        case gnuTar
        /// A zip whose members are not compressed.
        case storedZip
    }

    private let handle: OpaquePointer
    private let path: String
    private var file: AtomicFile

    /// Creates the file at `path`.
    package init(path: String, _ format: Format = .ofExtension) throws(StorageError) {
        let file = try AtomicFile(path)
        let handle = try Self.open(path, file, format)
        self.init(handle, path, file)
    }

    /// Creates the file `name` in a folder.
    package init(_ folder: Folder, _ name: String, _ format: Format) throws(StorageError) {
        let path = "\(folder.path)/\(name)"
        let file = try AtomicFile(folder, name)
        let handle = try Self.open(path, file, format)
        self.init(handle, path, file)
    }

    private init(_ handle: OpaquePointer, _ path: String, _ file: consuming AtomicFile) {
        self.handle = handle
        self.path = path
        self.file = file
    }

    private static func open(
        _ path: String, _ file: borrowing AtomicFile, _ format: Format
    ) throws(StorageError) -> OpaquePointer {
        guard let handle = archive_write_new() else {
            throw .system(path: path, action: "write", reason: "out of memory")
        }
        guard set(format, of: handle, path) == ARCHIVE_OK else {
            archive_write_free(handle)
            throw .unknownArchive(path: path)
        }
        guard archive_write_open_fd(handle, file.descriptor) == ARCHIVE_OK else {
            let failure = failure(of: handle, path)
            archive_write_free(handle)
            throw failure
        }
        return handle
    }

    private static func set(_ format: Format, of handle: OpaquePointer, _ path: String) -> Int32 {
        switch format {
        case .ofExtension:
            // The header of an image of a disc contains the current time, and so does gzip's unless it is told.
            if path.lowercased().hasSuffix(".iso") { return ARCHIVE_FAILED }
            let status = archive_write_set_format_filter_by_ext(handle, path)
            archive_write_set_filter_option(handle, "gzip", "timestamp", nil)
            return status
        case .gnuTar: return archive_write_set_format_gnutar(handle)
        case .storedZip:
            archive_write_set_format_zip(handle)
            return archive_write_zip_set_compression_store(handle)
        case .gzip:
            archive_write_add_filter_gzip(handle)
            archive_write_set_filter_option(handle, "gzip", "timestamp", nil)
            return archive_write_set_format_raw(handle)
        }
    }

    deinit { archive_write_free(handle) }

    /// Adds a regular file.
    package func add(_ name: String, _ bytes: [UInt8]) throws(StorageError) {
        try begin(name, size: bytes.count)
        try append(bytes)
    }

    /// Begins a regular file of `size` bytes, which `append` adds.
    package func begin(_ name: String, size: Int) throws(StorageError) {
        let entry = archive_entry_new()
        defer { archive_entry_free(entry) }
        archive_entry_set_pathname(entry, name)
        archive_entry_set_size(entry, Int64(size))
        archive_entry_set_filetype(entry, 0o100000)
        archive_entry_set_perm(entry, 0o644)
        archive_entry_set_mtime(entry, 0, 0)
        guard archive_write_header(handle, entry) == ARCHIVE_OK else { throw failure }
    }

    /// Adds bytes to the file that was begun last.
    package func append(_ bytes: [UInt8]) throws(StorageError) {
        guard archive_write_data(handle, bytes, bytes.count) == bytes.count else { throw failure }
    }

    /// Completes the archive.
    package mutating func finish() throws(StorageError) {
        guard archive_write_close(handle) == ARCHIVE_OK else { throw failure }
        try file.commit()
    }

    private var failure: StorageError { Self.failure(of: handle, path) }

    private static func failure(of handle: OpaquePointer, _ path: String) -> StorageError {
        // libarchive says “write error”; the system's reason is its number.
        let code = archive_errno(handle)
        if code > 0 { return .system(path, "write", code) }
        let text = archive_error_string(handle).map { String(cString: $0) } ?? "unknown error"
        return .system(path: path, action: "write", reason: text)
    }
}
