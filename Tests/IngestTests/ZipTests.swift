import Dataset
import Foundation
import TestSupport
import Testing

@testable import Ingest

@Suite("Zips and their directories")
struct ZipTests {
    private let folder: TemporaryFolder
    private let jpeg: [UInt8]

    init() throws {
        folder = try TemporaryFolder()
        jpeg = try Fixtures.bytes("images/jpeg-rgb-420.jpg")
    }

    private func read(_ zip: ZipFile) throws -> Delivery {
        try folder.write("a.zip", zip.bytes)
        return try Delivery(folder("a.zip"))
    }

    /// Checks that a zip as a whole is refused, with a word of the reason.
    private func expectRefusal(
        _ bytes: [UInt8], _ word: String, sourceLocation: SourceLocation = #_sourceLocation
    )
        throws
    {
        try folder.write("a.zip", bytes)
        let error = failure(folder("a.zip"), sourceLocation: sourceLocation)
        guard case .brokenArchive(let path, let offset, let reason)? = error else {
            Issue.record("\(String(describing: error))", sourceLocation: sourceLocation)
            return
        }
        #expect(path == folder("a.zip"), sourceLocation: sourceLocation)
        #expect((0...Int64(bytes.count)).contains(offset), sourceLocation: sourceLocation)
        #expect(reason.contains(word), "\(reason)", sourceLocation: sourceLocation)
    }

    private func twoMembers() -> ZipFile {
        ZipFile([ZipFile.Member("0/a.jpg", jpeg), ZipFile.Member("1/b.jpg", jpeg + [1])])
    }

    @Test("a zip whose directory ends early, or has more than its end says, is refused")
    func truncatedDirectory() throws {
        var zip = twoMembers()
        zip.missingRecords = 1
        try expectRefusal(zip.bytes, "outside")
        zip = twoMembers()
        zip.statedCount = 3
        try expectRefusal(zip.bytes, "lists 2 entries")
        zip.statedCount = 1
        try expectRefusal(zip.bytes, "lists 2 entries")
    }

    @Test("an entry that the directory no longer lists is listed as lost, behind a data descriptor too")
    func unlistedEntry() throws {
        let lost = ZipFile([ZipFile.Member("1/b.jpg", jpeg)]).bytes.prefix(
            30 + "1/b.jpg".utf8.count + jpeg.count)
        let size = little32(jpeg.count)
        for descriptor in [[], little32(0x0807_4B50) + little32(crc32(jpeg)) + size + size] {
            var zip = ZipFile([ZipFile.Member("0/a.jpg", jpeg), ZipFile.Member("2/c.jpg", jpeg + [2])])
            zip.members[0].following = descriptor + lost
            let result = try read(zip)
            #expect(result.keys == ["0/a.jpg", "1/b.jpg", "2/c.jpg"])
            #expect(result.reason("1/b.jpg")?.contains("does not list it") == true)
            #expect(result.entries.map(\.bytes) == [jpeg, [], jpeg + [2]])
        }
    }

    @Test("a zip cut anywhere is refused")
    func cutZip() throws {
        let bytes = twoMembers().bytes
        for length in stride(from: 4, to: bytes.count, by: 3) {
            try expectRefusal(Array(bytes.prefix(length)), "directory")
        }
    }

    @Test("what follows a zip, and a zip in front of another, is not passed over")
    func moreThanOne() throws {
        let bytes = twoMembers().bytes
        try expectRefusal(bytes + [0x0A], "followed by other data")
        try expectRefusal(bytes + bytes, "several archives")
    }

    @Test("a record that points nowhere is refused")
    func wrongOffset() throws {
        var zip = twoMembers()
        zip.members[1].offset = 3
        try expectRefusal(zip.bytes, "no entry where its directory lists “1/b.jpg”")
        zip.members[1].offset = 1 << 30
        try expectRefusal(zip.bytes, "outside")
    }

    @Test(
        "an entry that calls itself otherwise is listed by its name in the directory, and the others are read"
    )
    func otherName() throws {
        var zip = twoMembers()
        zip.members[0].localName = Array("1/a.jpg".utf8)
        let result = try read(zip)
        #expect(result.keys == ["0/a.jpg", "1/b.jpg"])
        #expect(result.reason("0/a.jpg")?.contains("another name") == true)
        #expect(result.entries[0].bytes.isEmpty)
        #expect(result.entries[1].bytes == jpeg + [1])
    }

    @Test("an entry that says UTF-8 in one place alone has two names, unless they are ASCII")
    func otherFlag() throws {
        var zip = ZipFile([ZipFile.Member("é/a.jpg", jpeg), ZipFile.Member("1/b.jpg", jpeg)])
        zip.members[0].localFlags = 1 << 11
        zip.members[1].localFlags = 1 << 11
        let result = try read(zip)
        #expect(result.reason("é/a.jpg")?.contains("another name") == true)
        #expect(result.reason("1/b.jpg") == nil)
    }

    @Test("entries that share bytes are listed, those at one place too, and the others are read")
    func overlaps() throws {
        var zip = twoMembers()
        zip.members.append(ZipFile.Member("0/a.jpg", jpeg + [2]))
        zip.members[1].offset = 0
        zip.members[1].name = zip.members[0].name
        var result = try read(zip)
        #expect(result.keys == ["0/a.jpg", "0/a.jpg", "0/a.jpg"])
        #expect(result.entries.count { !$0.bytes.isEmpty } == 1)
        #expect(result.entries.contains { $0.bytes == jpeg + [2] })
        #expect(result.reason("0/a.jpg")?.contains("overlap") == true)

        // A whole zip as the data of a member, whose own member the outer directory lists too.
        let inner = ZipFile([ZipFile.Member("1/b.jpg", jpeg)])
        zip = ZipFile([ZipFile.Member("0/a.zip", inner.bytes), ZipFile.Member("1/b.jpg", jpeg)])
        zip.members[1].offset = 30 + "0/a.zip".utf8.count
        result = try read(zip)
        #expect(result.reason("0/a.zip")?.contains("overlap") == true)
        #expect(result.reason("1/b.jpg")?.contains("overlap") == true)
    }

    @Test("sizes of up to 2^63-1 and beyond are no reason to crash", arguments: [Int.max, 1 << 40])
    func hugeSize(size: Int) throws {
        var zip = twoMembers()
        zip.members[0].statedSize = 0xFFFF_FFFF
        zip.members[0].extra = little16(1) + little16(16) + little64(size) + little64(jpeg.count)
        #expect(try read(zip).reason("0/a.jpg") != nil)
        #expect(try read(zip).reason("1/b.jpg") == nil)
        // The packed size, of the last one: nothing but the directory lies behind it.
        zip = twoMembers()
        zip.members[1].statedSize = 0xFFFF_FFFF
        zip.members[1].extra = little16(1) + little16(16) + little64(jpeg.count) + little64(size)
        #expect(try read(zip).reason("0/a.jpg") == nil)
        #expect(try read(zip).reason("1/b.jpg")?.contains("overlap") == true)
        zip.members[1].extra = little16(1) + little16(16) + little64(-1) + little64(-1)
        #expect(try read(zip).reason("0/a.jpg") == nil)
        #expect(try read(zip).reason("1/b.jpg")?.contains("overlap") == true)
    }

    @Test("a zip behind a program, and one with the longest comment, are read")
    func prefixAndComment() throws {
        var zip = twoMembers()
        zip.prefix = Array("#!/bin/sh\nexit\n".utf8)
        #expect(try read(zip).entries.map(\.bytes) == [jpeg, jpeg + [1]])
        zip.members[0].offset = 0
        zip.comment = [UInt8](repeating: 0x50, count: 65_535)
        #expect(try read(zip).entries.map(\.bytes) == [jpeg, jpeg + [1]])
    }

    @Test("the 64-bit end of a directory counts where there is one")
    func end64() throws {
        var zip = twoMembers()
        zip.is64 = true
        #expect(try read(zip).entries.map(\.bytes) == [jpeg, jpeg + [1]])
        zip.statedCount = 2 + 0x1_0000
        try expectRefusal(zip.bytes, "lists 2 entries")
        // Without it, macOS counts modulo 65,536.
        zip.is64 = false
        #expect(try read(zip).entries.map(\.bytes) == [jpeg, jpeg + [1]])
    }

    @Test("members are paired with their names, however the directory and the file order them")
    func anyOrder() throws {
        var zip = twoMembers()
        // The directory lists the second first.
        let second = ZipFile([zip.members[0]]).members[0]
        zip.members.append(second)
        zip.members[2].name = Array("2/c.jpg".utf8)
        zip.members[2].data = jpeg + [2]
        let bytes = zip.bytes
        let sizes = zip.members.map { 46 + $0.name.count }
        let directory = bytes.count - 22 - sizes.reduce(0, +)
        let records = sizes.indices.map { index in
            Array(
                bytes[
                    directory + sizes.prefix(index).reduce(0, +)..<directory
                        + sizes.prefix(index + 1).reduce(0, +)])
        }
        let shuffled = bytes[..<directory] + records[2] + records[0] + records[1] + bytes.suffix(22)
        try folder.write("a.zip", Array(shuffled))
        let result = try Delivery(folder("a.zip"))
        #expect(result.keys == ["0/a.jpg", "1/b.jpg", "2/c.jpg"])
        #expect(result.entries.map(\.bytes) == [jpeg, jpeg + [1], jpeg + [2]])
    }

    @Test("an encrypted entry is said to be encrypted, wherever it lies, and the others are read")
    func encrypted() throws {
        var zip = ZipFile([ZipFile.Member("a.jpg", jpeg), ZipFile.Member("0/b.jpg", jpeg)])
        zip.members.append(ZipFile.Member("0/c.jpg", jpeg))
        zip.members[0].flags = 1
        zip.members[1].flags = 1
        let result = try read(zip)
        #expect(result.keys == ["0/b.jpg", "0/c.jpg", "a.jpg"])
        #expect(result.reason("a.jpg")?.hasPrefix("encrypted") == true)
        #expect(result.reason("0/b.jpg")?.hasPrefix("encrypted") == true)
        #expect(result.entries[1].bytes == jpeg)
    }
}
