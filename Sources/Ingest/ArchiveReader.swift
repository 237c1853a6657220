// An owner of libarchive's reading handle: opening, headers, data and messages.

internal import CArchive
internal import Foundation

/// A libarchive reader over one file.
struct ArchiveReader: ~Copyable {
    enum Contents {
        /// Archives with entries, in any format and compression.
        case entries
        /// A single stream, plain or compressed.
        case stream
    }

    private let handle: OpaquePointer
    let path: String

    init(path: String, contents: Contents) throws(IngestError) {
        handle = try Self.open(path, contents)
        self.path = path
    }

    private static func open(_ path: String, _ contents: Contents) throws(IngestError) -> OpaquePointer {
        guard let handle = archive_read_new() else {
            throw .unreadable(path: path, reason: "out of memory")
        }
        switch contents {
        case .entries:
            archive_read_support_filter_all(handle)
            archive_read_support_format_all(handle)
        case .stream:
            archive_read_support_filter_gzip(handle)
            archive_read_support_format_raw(handle)
        }
        guard archive_read_open_filename(handle, path, 256 << 10) == ARCHIVE_OK else {
            let reason = message(of: handle)
            archive_read_free(handle)
            throw .notAnArchive(path: path, reason: reason)
        }
        return handle
    }

    deinit { archive_read_free(handle) }

    /// What libarchive last complained about.
    private var message: String { Self.message(of: handle) }

    private static func message(of handle: OpaquePointer) -> String {
        archive_error_string(handle).map { String(cString: $0) } ?? "unknown error"
    }

    /// Bytes of the file consumed so far, before decompression.
    var offset: Int64 { max(archive_filter_bytes(handle, -1), archive_read_header_position(handle)) }

    /// The next entry, or `nil` at the end.
    func nextEntry() throws(IngestError) -> OpaquePointer? {
        var entry: OpaquePointer?
        let status = withUTF8Names { archive_read_next_header(handle, &entry) }
        switch status {
        case ARCHIVE_OK, ARCHIVE_WARN: return entry
        case ARCHIVE_EOF: return nil
        default: throw .brokenArchive(path: path, offset: offset, reason: message)
        }
    }

    func read(into buffer: UnsafeMutableRawBufferPointer) throws(IngestError) -> ReadResult {
        let count = archive_read_data(handle, buffer.baseAddress, buffer.count)
        if count > 0 { return .bytes(count) }
        if count == 0 { return .end }
        if count == Int(ARCHIVE_FATAL) {
            throw .brokenArchive(path: path, offset: offset, reason: message)
        }
        return .damaged("damaged archive entry: \(message)")
    }
}

/// The locale in which libarchive converts names: UTF-8, whatever the user's is, because keys must not
/// depend on it. Created once and kept; `nil` where the system has no such locale.
private nonisolated(unsafe) let utf8Locale = newlocale(LC_CTYPE_MASK, "C.UTF-8", nil)

private func withUTF8Names<R>(_ body: () -> R) -> R {
    guard let utf8Locale else { return body() }
    let previous = uselocale(utf8Locale)
    defer { uselocale(previous) }
    return body()
}

/// The path and kind of an entry.
struct ArchiveEntryHeader {
    let path: String
    let isFolder: Bool
    let isRegularFile: Bool
    /// Uncompressed size, where the archive states it.
    let size: Int64?

    init(_ entry: OpaquePointer) {
        let name = withUTF8Names { archive_entry_pathname_utf8(entry) ?? archive_entry_pathname(entry) }
        path = name.map { String(cString: $0) } ?? ""
        // libarchive's own file types, which are those of POSIX (archive_entry.h, AE_IFMT).
        let type = archive_entry_filetype(entry) & 0o170000
        isFolder = type == 0o040000
        isRegularFile = type == 0o100000 && archive_entry_hardlink(entry) == nil
        size = archive_entry_size_is_set(entry) != 0 ? archive_entry_size(entry) : nil
    }
}
