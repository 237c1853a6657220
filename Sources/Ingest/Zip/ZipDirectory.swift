// The central directory of a zip, compared with the entries before any data is read.

internal import Dataset

/// The members of a zip that its central directory lists or should list, in the order of the file.
///
/// libarchive takes names from the entries themselves, composes accents in them, and stops silently where a
/// directory ends early; so the names and their number come from here, even where it reads the data.
/// Format: PKWARE's APPNOTE.TXT, 4.3 and 4.5.
struct ZipDirectory {
    /// Why one member cannot be used.
    enum Problem {
        case otherName, overlap, unlisted

        var reason: String {
            switch self {
            case .otherName: "damaged archive entry: it has another name in the archive's directory"
            case .overlap: "damaged archive entry: its bytes overlap another entry or the archive's directory"
            case .unlisted: "deleted or damaged archive entry: the archive's directory does not list it"
            }
        }
    }

    struct Member {
        /// Range in `bytes` of the listed name, which the entry must have too.
        let rawName: Range<Int>
        /// Range in `bytes` of the name to use.
        let name: Range<Int>
        /// Whether the UTF-8 flag is set.
        let isFlagged: Bool
        /// Whether the zip says, by flag or extra field, that the name to use is UTF-8.
        let isUnicode: Bool
        /// Size of the packed data in bytes.
        let packedSize: UInt64
        /// Where its local header begins in the file.
        let start: Int64
        /// What is needed to unpack it.
        let content: ZipContent
        /// Where its packed data begin in the file.
        var dataStart: Int64 = 0
        var problem: Problem?
    }

    private(set) var members: [Member] = []
    /// The directory as stored, followed by the names of unlisted members. Members refer to their names by range.
    private var bytes: [UInt8] = []
    /// Where the directory begins in the file.
    private var start: Int64 = 0
    private let path: String

    /// The bytes of the file that belong to the zip, without the comment at its end.
    let end: Int64
    /// Whether all names that are not marked as UTF-8 are valid UTF-8 nevertheless.
    let isUTF8: Bool

    /// `nil` if `file` neither begins nor ends as a zip.
    init?(_ file: InputFile) throws(IngestError) {
        path = file.path.text
        guard let record = try ZipEndRecord(of: file) else { return nil }
        end = record.end
        start = record.directoryStart
        bytes = Array(repeating: 0, count: Int(record.directorySize))
        guard try file.read(at: start, into: &bytes, count: bytes.count) else {
            throw .brokenArchive(path: path, offset: start, reason: "its directory cannot be read")
        }
        var position = 0
        while position < bytes.count {
            members.append(try Self.member(bytes, &position, record, path, number: members.count + 1))
        }
        guard record.agrees(withCount: members.count) else {
            throw .brokenArchive(
                path: path, offset: end,
                reason: "its directory lists \(members.count) entries, "
                    + "but its end record says \(record.count)")
        }
        let bytes = bytes
        isUTF8 = members.allSatisfy { $0.isUnicode || isValidUTF8(bytes[$0.name]) }
        members.sort { ($0.start, $0.rawName.lowerBound) < ($1.start, $1.rawName.lowerBound) }
        try compareWithEntries(file)
    }

    /// Of the directory as stored, with the names of unlisted members.
    var digest: Digest { Digest(of: bytes) }

    func name(of member: Member) -> [UInt8] { Array(bytes[member.name]) }

    /// Reads the record at `position` and moves `position` to the next one.
    private static func member(
        _ bytes: [UInt8], _ position: inout Int, _ record: ZipEndRecord, _ path: String, number: Int
    ) throws(IngestError) -> Member {
        func broken(_ what: String) -> IngestError {
            .brokenArchive(
                path: path, offset: record.directoryStart + Int64(position),
                reason: "record \(number) of its directory \(what)")
        }
        guard bytes.count - position >= 46, bytes.little32(position) == 0x0201_4B50 else {
            throw broken("is damaged or cut short")
        }
        let nameStart = position + 46
        let extraStart = nameStart + bytes.little16(position + 28)
        let commentStart = extraStart + bytes.little16(position + 30)
        let next = commentStart + bytes.little16(position + 32)
        guard next <= bytes.count else { throw broken("is cut short") }

        let extra = ZipExtra(
            bytes, extraStart..<commentStart, name: nameStart..<extraStart,
            size: bytes.little32(position + 24), packedSize: bytes.little32(position + 20),
            offset: bytes.little32(position + 42))
        // The shortest local header has 30 bytes.
        let room = record.directoryStart - record.base - 30
        guard room >= 0, extra.offset <= UInt64(room) else {
            throw broken("points outside the file")
        }
        let isFlagged = bytes.little16(position + 8) & 1 << 11 != 0
        let content = ZipContent(record: bytes, at: position, size: extra.size)
        position = next
        return Member(
            rawName: nameStart..<extraStart, name: extra.unicodeName ?? nameStart..<extraStart,
            isFlagged: isFlagged, isUnicode: isFlagged || extra.unicodeName != nil,
            packedSize: extra.packedSize, start: record.base + Int64(extra.offset),
            content: content)
    }

    /// Compares every member with its local header, and finds members that overlap and entries that the directory
    /// does not list.
    ///
    /// A member ends with its data. The data descriptor after it may be missing, has one of four lengths, and is
    /// never read.
    private mutating func compareWithEntries(_ file: InputFile) throws(IngestError) {
        var header: [UInt8] = []
        var window = FileWindow(file, count: members.count)
        var unlisted: [Member] = []
        var previous: (end: Int64, index: Int) = (0, 0)
        for index in members.indices {
            let member = members[index]
            if let lost = try unlistedMember(from: previous.end, to: member.start, file) {
                unlisted.append(lost)
            }
            try readHeader(of: member, into: &header, &window)
            let nameLength = header.little16(26)
            let rawName = bytes[member.rawName]
            // The UTF-8 flags may differ for ASCII names, as they do in 7-Zip's archives.
            let flags = header.little16(6) & 1 << 11 != 0
            if nameLength != rawName.count || !header[30..<30 + rawName.count].elementsEqual(rawName)
                || (flags != member.isFlagged && rawName.contains { $0 >= 128 })
            {
                members[index].problem = .otherName
            }
            if member.start < previous.end {
                members[index].problem = .overlap
                members[previous.index].problem = .overlap
            }
            let dataStart = member.start + Int64(30 + nameLength + header.little16(28))
            members[index].dataStart = dataStart
            let room = start - dataStart
            if room < 0 || member.packedSize > UInt64(room) { members[index].problem = .overlap }
            let end = room < 0 ? start : dataStart + Int64(min(member.packedSize, UInt64(room)))
            if end > previous.end { previous = (end, index) }
        }
        if let lost = try unlistedMember(from: previous.end, to: start, file) { unlisted.append(lost) }
        if unlisted.isEmpty { return }
        members += unlisted
        members.sort { ($0.start, $0.rawName.lowerBound) < ($1.start, $1.rawName.lowerBound) }
    }

    /// Reads the local header of a member, with its name.
    private func readHeader(
        of member: Member, into header: inout [UInt8], _ window: inout FileWindow
    ) throws(IngestError) {
        let length = 30 + member.rawName.count
        if header.count < length { header += Array(repeating: 0, count: length - header.count) }
        let count = min(length, Int(start - member.start))
        guard try window.read(at: member.start, into: &header, count: count),
            header.little32(0) == Self.localMagic
        else {
            throw .brokenArchive(
                path: path, offset: member.start,
                reason: "no entry where its directory lists “\(Key(bytes: name(of: member)))”")
        }
    }

    /// An entry that the directory does not list, right after another's data or data descriptor.
    private mutating func unlistedMember(from begin: Int64, to end: Int64, _ file: InputFile)
        throws(IngestError)
        -> Member?
    {
        guard end - begin >= 30 else { return nil }
        var gap = [UInt8](repeating: 0, count: 28)
        guard try file.read(at: begin, into: &gap, count: 28),
            let shift = [0, 12, 16, 20, 24].first(where: { gap.little32($0) == Self.localMagic })
        else { return nil }
        let place = begin + Int64(shift)
        var header = [UInt8](repeating: 0, count: 30)
        guard end - place >= 30, try file.read(at: place, into: &header, count: 30) else { return nil }
        var name = [UInt8](repeating: 0, count: min(header.little16(26), Int(end - place - 30)))
        guard try file.read(at: place + 30, into: &name, count: name.count) else { return nil }
        let range = bytes.count..<bytes.count + name.count
        bytes += name
        let flags = header.little16(6) & 1 << 11 != 0
        return Member(
            rawName: range, name: range, isFlagged: flags, isUnicode: flags, packedSize: 0, start: place,
            content: .nothing, problem: .unlisted)
    }

    private static let localMagic: UInt32 = 0x0403_4B50
}
