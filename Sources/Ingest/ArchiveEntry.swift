// One entry of an archive, as libarchive describes it.

internal import CArchive

/// One entry of an archive.
struct ArchiveEntry {
    enum Kind { case folder, file, other }

    /// The path, in UTF-8 where the encoding is known; `nil` if libarchive cannot read it.
    let name: [UInt8]?
    let kind: Kind
    /// Uncompressed size in bytes as the archive states it, unchecked; 0 if it states none.
    let size: Int64
    /// Why the data must not be read; `nil` if it may be.
    let problem: String?
}

extension ArchiveEntry {
    init(_ entry: OpaquePointer, name: [UInt8]?, isCPIO: Bool = false, problem: String?) {
        self.name = name
        size = archive_entry_size_is_set(entry) != 0 ? archive_entry_size(entry) : 0
        // Of hard links, cpio stores the data with the last name.
        let isLink = archive_entry_hardlink(entry) != nil && !(isCPIO && size > 0)
        // libarchive's file types have the values of POSIX (archive_entry.h, AE_IFMT).
        switch archive_entry_filetype(entry) & 0o170000 {
        case 0o040000: kind = .folder
        case 0o100000: kind = isLink ? .other : .file
        default: kind = .other
        }
        // Reading an encrypted entry makes all later reads fail in some formats.
        let isEncrypted = archive_entry_is_encrypted(entry) != 0
        self.problem = problem ?? (isEncrypted ? "encrypted; unpack it with its password first" : nil)
    }
}
