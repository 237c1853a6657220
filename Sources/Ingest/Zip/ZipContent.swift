// How the data of a zip's member are packed.

/// What a directory record says about the data of a member (PKWARE's APPNOTE.TXT, 4.4).
struct ZipContent {
    enum Method {
        case stored, deflated
        /// Encrypted, or packed by a method that only libarchive knows.
        case other
    }

    let method: Method
    let kind: ArchiveEntry.Kind
    /// Bytes, unpacked.
    let size: UInt64
    let crc: UInt32

    static let nothing = ZipContent(method: .stored, kind: .file, size: 0, crc: 0)

    private init(method: Method, kind: ArchiveEntry.Kind, size: UInt64, crc: UInt32) {
        (self.method, self.kind, self.size, self.crc) = (method, kind, size, crc)
    }

    /// - Parameter size: of the unpacked data, from a 64-bit field if there is one
    init(record bytes: [UInt8], at position: Int, size: UInt64) {
        // Bits 0, 6 and 13 of the flags: encryption of three kinds.
        let isEncrypted = bytes.little16(position + 8) & (1 | 1 << 6 | 1 << 13) != 0
        method =
            switch bytes.little16(position + 10) {
            case 0 where !isEncrypted: .stored
            case 8 where !isEncrypted: .deflated
            default: .other
            }
        crc = bytes.little32(position + 16)
        self.size = size
        let nameEnd = position + 46 + bytes.little16(position + 28)
        kind = Self.kind(
            system: bytes.little16(position + 4) >> 8, attributes: bytes.little32(position + 38),
            endsWithSlash: nameEnd > position + 46 && bytes[nameEnd - 1] == UInt8(ascii: "/"))
    }

    /// Unix (3) keeps the file's mode in the upper half of the attributes, MS-DOS (0) a bit for folders.
    private static func kind(system: Int, attributes: UInt32, endsWithSlash: Bool) -> ArchiveEntry.Kind {
        if endsWithSlash || system == 0 && attributes & 0x10 != 0 { return .folder }
        guard system == 3 else { return .file }
        return switch attributes >> 16 & 0o170000 {
        case 0, 0o100000: .file
        case 0o040000: .folder
        default: .other
        }
    }
}
