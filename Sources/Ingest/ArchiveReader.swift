// Reads the entries of an archive: owns libarchive's handle, checks headers and turns failures into our errors.

internal import CArchive
internal import Dataset
internal import Foundation

/// A libarchive reader over one file.
///
/// It enables formats and compressions one by one, and leaves out those that start programs or read other files.
struct ArchiveReader: ~Copyable {
    private let handle: OpaquePointer
    private let feed: ArchiveFeed
    /// The directory of a zip. libarchive delivers its members in the same order, by position in the file.
    private let directory: ZipDirectory?
    /// How many members of `directory` were delivered so far.
    private var delivered = 0
    /// Bytes of members so far: those that were read, or all where libarchive unpacks members to skip them.
    private var memberBytes: Int64 = 0
    private let decoder: NameDecoder
    private let isCompressed: Bool
    private let usesRawNames: Bool

    init(_ file: InputFile, names: NameEncoding?) throws(IngestError) {
        let directory = file.isGzip ? nil : try ZipDirectory(file)
        if let directory {
            guard !directory.members.isEmpty else {
                throw .notAnArchive(path: file.path.text, reason: "a zip without entries")
            }
            // libarchive searches only the last 16 KB for the directory, but the comment after it may be longer.
            file.limit(to: directory.end)
        }
        var magic = [UInt8](repeating: 0, count: 5)
        let hasMagic = try file.read(at: 257, into: &magic, count: 5)
        let feed = ArchiveFeed(file, mayUnpack: directory == nil && !file.isGzip)
        let handle = try Self.open(feed, isZip: directory != nil)
        feed.mayUnpack = Self.layers(of: handle) > 0
        if archive_filter_code(handle, 0) != ARCHIVE_FILTER_BZIP2 { feed.pieceBytes = 4096 }
        let isCompressed = feed.mayUnpack || file.isGzip
        self.handle = handle
        self.feed = feed
        self.directory = directory
        self.isCompressed = isCompressed
        usesRawNames = isCompressed || (hasMagic && magic.elementsEqual("ustar".utf8))
        decoder = NameDecoder(names, isCP437: directory.map { !$0.isUTF8 } ?? false)
    }

    deinit { archive_read_free(handle) }

    private static func open(_ feed: ArchiveFeed, isZip: Bool) throws(IngestError) -> OpaquePointer {
        guard let handle = archive_read_new() else {
            throw .unreadable(path: feed.file.path.text, reason: "out of memory")
        }
        if isZip {
            archive_read_support_format_zip_seekable(handle)
        } else {
            support(in: handle, compressed: !feed.file.isGzip)
        }
        feed.install(in: handle)
        do throws(IngestError) {
            guard archive_read_open1(handle) == ARCHIVE_OK else {
                throw feed.failure ?? unreadable(handle, feed.file)
            }
            // Nested compression can expand without bound; libarchive itself would unpack up to 25 layers.
            guard layers(of: handle) <= 1 else {
                throw .notAnArchive(
                    path: feed.file.path.text,
                    reason: "compressed \(layers(of: handle)) times over; unpack the outer layers first")
            }
        } catch {
            archive_read_free(handle)
            throw error
        }
        return handle
    }

    /// Enables all formats but zip, and the compressions if the file may be compressed.
    private static func support(in handle: OpaquePointer, compressed: Bool) {
        for support in [
            archive_read_support_format_tar, archive_read_support_format_7zip,
            archive_read_support_format_rar,
            archive_read_support_format_rar5, archive_read_support_format_cpio,
            archive_read_support_format_cab,
            archive_read_support_format_iso9660,
        ] { _ = support(handle) }
        // Without this, libarchive stops at the zero blocks that end a tar, before the checksum of the compression
        // and before any further tar.
        archive_read_set_option(handle, "tar", "read_concatenated_archives", "1")
        guard compressed else { return }
        for support in [
            archive_read_support_filter_bzip2, archive_read_support_filter_xz,
            archive_read_support_filter_lzma,
            archive_read_support_filter_zstd, archive_read_support_filter_lz4,
            archive_read_support_filter_compress, archive_read_support_filter_lzip,
        ] { _ = support(handle) }
    }

    /// Why the archive cannot be opened. In a small archive, libarchive may find damage as soon as it opens it.
    private static func unreadable(_ handle: OpaquePointer, _ file: InputFile) -> IngestError {
        let reason = message(of: handle)
        // Decompressors report -1 (ARCHIVE_ERRNO_MISC); any other code means that the format is unknown.
        return archive_errno(handle) == -1
            ? .brokenArchive(path: file.path.text, offset: file.position, reason: reason)
            : .unknownFormat(path: file.path.text)
    }

    /// Number of compression layers without gzip. libarchive counts the file itself as one filter.
    private static func layers(of handle: OpaquePointer) -> Int { Int(archive_filter_count(handle)) - 1 }

    private var path: String { feed.file.path.text }

    private var message: String { Self.message(of: handle) }

    private static func message(of handle: OpaquePointer) -> String {
        let text = archive_error_string(handle).map { String(cString: $0) } ?? "unknown error"
        return text.split(separator: "\n").joined(separator: "; ")
    }

    /// Bytes of the file read so far, counted before decompression.
    var offset: Int64 {
        // libarchive gets gzip data unpacked from us, so its own counts are of unpacked bytes.
        if feed.file.isGzip { return feed.file.position }
        let consumed = archive_filter_bytes(handle, -1)
        return isCompressed ? consumed : max(consumed, archive_read_header_position(handle))
    }

    private func broken(_ reason: String) -> IngestError {
        .brokenArchive(path: path, offset: offset, reason: reason)
    }

    /// The next entry, or `nil` at the end.
    mutating func nextEntry() throws(IngestError) -> ArchiveEntry? {
        if let directory, let other = otherMember(of: directory) { return other }
        var entry: OpaquePointer?
        let status = withLocale { archive_read_next_header(handle, &entry) }
        if let failure = feed.failure { throw failure }
        switch status {
        case ARCHIVE_OK, ARCHIVE_WARN:
            guard let entry else { throw broken("no entry") }
            try checkFormat()
            if skipsByUnpacking { try count(archive_entry_size(entry)) }
            return try directory.map { (directory) throws(IngestError) in try member(entry, of: directory) }
                ?? self.entry(entry)
        case ARCHIVE_EOF:
            if let count = directory?.members.count, delivered < count {
                throw broken("its directory lists \(count) entries, but only \(delivered) can be read")
            }
            try checkEnd()
            return nil
        default:
            if archive_read_has_encrypted_entries(handle) > 0 {
                throw .notAnArchive(path: path, reason: "encrypted; unpack it with its password first")
            }
            throw broken(message)
        }
    }

    /// Refuses a tar that ends between two members: it was cut short, and nothing else would tell. Compressed, it has
    /// checksums.
    private func checkEnd() throws(IngestError) {
        guard !isCompressed, archive_format(handle) & ARCHIVE_FORMAT_BASE_MASK == ARCHIVE_FORMAT_TAR else {
            return
        }
        var last = [UInt8](repeating: 0, count: 512)
        let start = max(feed.file.size - Int64(last.count), 0)
        guard try feed.file.read(at: start, into: &last, count: last.count), last.allSatisfy({ $0 == 0 })
        else {
            throw broken("its end is missing\nIf this is all of it, unpack it and give the folder.")
        }
    }

    /// Refuses compressed archives other than tar, because libarchive would not read them up to the final checksum.
    private func checkFormat() throws(IngestError) {
        guard isCompressed, archive_format(handle) & ARCHIVE_FORMAT_BASE_MASK != ARCHIVE_FORMAT_TAR else {
            return
        }
        let format = archive_format_name(handle).map { String(cString: $0) } ?? "an archive"
        throw .notAnArchive(path: path, reason: "\(format) inside a compressed file; unpack that first")
    }

    private func entry(_ entry: OpaquePointer) -> ArchiveEntry {
        let raw = withLocale { archive_entry_pathname(entry).map { Array(String.bytes(of: $0)) } }
        let isUnicode = statesUnicode && raw.map { isValidUTF8($0[...]) } ?? true
        let isCPIO = archive_format(handle) & ARCHIVE_FORMAT_BASE_MASK == ARCHIVE_FORMAT_CPIO
        return ArchiveEntry(
            entry, name: raw.map { decoder.decode($0, isUnicode: isUnicode) }, isCPIO: isCPIO, problem: nil)
    }

    /// Whether the format stores names in Unicode, which libarchive converts to UTF-8.
    private var statesUnicode: Bool {
        let format = archive_format(handle)
        return [
            ARCHIVE_FORMAT_7ZIP, ARCHIVE_FORMAT_RAR, ARCHIVE_FORMAT_RAR_V5, ARCHIVE_FORMAT_CAB,
            ARCHIVE_FORMAT_ISO9660,
        ].contains(format & ARCHIVE_FORMAT_BASE_MASK)
            || format == ARCHIVE_FORMAT_TAR_PAX_INTERCHANGE || format == ARCHIVE_FORMAT_TAR_PAX_RESTRICTED
    }

    /// Whether members are packed together, so that libarchive unpacks those before one that is read.
    private var skipsByUnpacking: Bool {
        [ARCHIVE_FORMAT_7ZIP, ARCHIVE_FORMAT_RAR, ARCHIVE_FORMAT_RAR_V5, ARCHIVE_FORMAT_CAB]
            .contains(archive_format(handle) & ARCHIVE_FORMAT_BASE_MASK)
    }

    private mutating func count(_ bytes: Int64) throws(IngestError) {
        let limit = UnpackLimit.bytes(ofFileSize: feed.file.size)
        guard bytes <= limit - memberBytes else { throw .unpacksTooFar(path: path, limit: limit) }
        memberBytes += max(bytes, 0)
    }

    private func withLocale<R>(_ body: () -> R) -> R {
        guard let locale = usesRawNames ? rawLocale : utf8Locale else { return body() }
        let previous = uselocale(locale)
        defer { uselocale(previous) }
        return body()
    }

    mutating func read(into buffer: UnsafeMutableRawBufferPointer) throws(IngestError) -> ReadResult {
        let count = archive_read_data(handle, buffer.baseAddress, buffer.count)
        if let failure = feed.failure { throw failure }
        if count > 0 {
            if !skipsByUnpacking { try self.count(Int64(count)) }
            return .bytes(count)
        }
        if count == 0 { return .end }
        if count == Int(ARCHIVE_FATAL) { throw broken(message) }
        return .damaged("damaged archive entry: \(message)")
    }
}

// Members of a zip: libarchive reads their data, the zip's directory gives their names.
extension ArchiveReader {
    /// The next member if libarchive will not deliver it: it skips members that the directory does not list, and
    /// delivers only one of several that begin at the same position.
    private mutating func otherMember(of directory: ZipDirectory) -> ArchiveEntry? {
        guard delivered < directory.members.count else { return nil }
        let member = directory.members[delivered]
        let isRepeated = delivered > 0 && directory.members[delivered - 1].start == member.start
        guard let problem = member.problem, isRepeated || problem == .unlisted else { return nil }
        delivered += 1
        return ArchiveEntry(
            name: name(of: member, in: directory), kind: .file, size: 0, problem: problem.reason)
    }

    private mutating func member(
        _ entry: OpaquePointer, of directory: ZipDirectory
    ) throws(IngestError) -> ArchiveEntry {
        guard delivered < directory.members.count else {
            throw broken("more entries than its directory lists")
        }
        let member = directory.members[delivered]
        delivered += 1
        // Stop rather than give an image the name, and so the label, of another entry.
        if member.problem == nil, !member.isUnicode, let found = archive_entry_pathname(entry),
            !agrees(Array(String.bytes(of: found)), directory.name(of: member))
        {
            throw broken("its entries are not where its directory says")
        }
        return ArchiveEntry(entry, name: name(of: member, in: directory), problem: member.problem?.reason)
    }

    private func name(of member: ZipDirectory.Member, in directory: ZipDirectory) -> [UInt8] {
        decoder.decode(directory.name(of: member), isUnicode: member.isUnicode)
    }

    /// Compares names as libarchive changes them: it turns backslashes into slashes, and adds one to folders.
    private func agrees(_ found: [UInt8], _ listed: [UInt8]) -> Bool {
        let (slash, backslash) = (UInt8(ascii: "/"), UInt8(ascii: "\\"))
        return (found == listed || found == listed + [slash])
            || found.elementsEqual(listed) { $0 == $1 || ($0 == slash && $1 == backslash) }
    }
}

extension String {
    fileprivate static func bytes(of text: UnsafePointer<CChar>) -> UnsafeRawBufferPointer {
        UnsafeRawBufferPointer(start: text, count: strlen(text))
    }
}

/// Locales in which libarchive reads names: never the user's, because keys must not depend on it. Created once
/// and kept; `nil` where the system has no such locale.
///
/// For formats with Unicode names (7z, rar, cab, iso) libarchive needs a UTF-8 locale, and composes accents (NFC).
/// Tar stores bytes; libarchive keeps those of pax headers unchanged only in the C locale.
private nonisolated(unsafe) let utf8Locale = newlocale(LC_CTYPE_MASK, "C.UTF-8", nil)
private nonisolated(unsafe) let rawLocale = newlocale(LC_CTYPE_MASK, "C", nil)
