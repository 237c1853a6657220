// The end record of a zip, which says where its directory lies.

/// The end record and, in large zips, its 64-bit version.
struct ZipEndRecord {
    let count: UInt64
    private let is64: Bool
    let directoryStart: Int64
    let directorySize: Int64
    /// The position that offsets count from: above 0 in a self-extracting zip, which begins with a program.
    let base: Int64
    let end: Int64

    init?(of file: InputFile) throws(IngestError) {
        let path = file.path.text
        func broken(_ offset: Int64, _ reason: String) -> IngestError {
            .brokenArchive(path: path, offset: offset, reason: reason)
        }
        guard let position = try Self.find(in: file) else {
            guard try Self.beginsAsZip(file) else { return nil }
            throw broken(
                file.size,
                "the directory at the end of the zip is missing, cut short or followed by other data")
        }
        var record = [UInt8](repeating: 0, count: 22)
        _ = try file.read(at: position, into: &record, count: 22)
        guard record.little16(4) == 0, record.little16(6) == 0, record.little16(8) == record.little16(10)
        else {
            throw broken(position, "one part of a split zip; join all parts first")
        }
        end = position + 22
        var directoryEnd = position
        var values = (
            count: UInt64(record.little16(10)), size: UInt64(record.little32(12)),
            offset: UInt64(record.little32(16))
        )
        let found = try Self.find64(in: file, before: position)
        is64 = found != nil
        if let found {
            directoryEnd = found.position
            values = (found.count, found.size, found.offset)
        }
        count = values.count
        guard values.size <= UInt64(directoryEnd), values.offset <= UInt64(directoryEnd) - values.size else {
            throw broken(position, "its end record says that its directory lies outside the file")
        }
        directorySize = Int64(values.size)
        directoryStart = directoryEnd - directorySize
        base = directoryStart - Int64(values.offset)
        // A program in front is fine, but the entries of another archive would be lost.
        if base > 0, try Self.beginsAsZip(file) {
            throw broken(base, "data between its entries and its directory, or several archives in one file")
        }
    }

    /// macOS writes the count modulo 65,536 instead of a 64-bit record.
    func agrees(withCount found: Int) -> Bool {
        count == (is64 ? UInt64(found) : UInt64(found) & 0xFFFF)
    }

    private static func beginsAsZip(_ file: InputFile) throws(IngestError) -> Bool {
        var magic: [UInt8] = [0, 0, 0, 0]
        guard try file.read(at: 0, into: &magic, count: 4) else { return false }
        return [0x0403_4B50, 0x0605_4B50, 0x0807_4B50].contains(magic.little32(0))
    }

    /// The position of the record; the comment in it, up to 65,535 bytes, must reach to the end of the file.
    private static func find(in file: InputFile) throws(IngestError) -> Int64? {
        let length = Int(min(file.size, 22 + 65_535))
        var tail = [UInt8](repeating: 0, count: length)
        guard length >= 22, try file.read(at: file.size - Int64(length), into: &tail, count: length) else {
            return nil
        }
        for index in stride(from: length - 22, through: 0, by: -1) where tail[index] == 0x50 {
            if tail.little32(index) == 0x0605_4B50, index + 22 + tail.little16(index + 20) == length {
                return file.size - Int64(length - index)
            }
        }
        return nil
    }

    private static func find64(
        in file: InputFile, before position: Int64
    ) throws(IngestError) -> (position: Int64, count: UInt64, size: UInt64, offset: UInt64)? {
        var locator = [UInt8](repeating: 0, count: 20)
        guard try file.read(at: position - 20, into: &locator, count: 20), locator.little32(0) == 0x0706_4B50
        else { return nil }
        var record = [UInt8](repeating: 0, count: 56)
        guard let place = Int64(exactly: locator.little64(8)), place <= position - 20 - 56,
            try file.read(at: place, into: &record, count: 56), record.little32(0) == 0x0606_4B50
        else {
            throw .brokenArchive(
                path: file.path.text, offset: position - 20,
                reason: "its 64-bit end record is damaged")
        }
        return (place, record.little64(32), record.little64(40), record.little64(48))
    }
}
