import Dataset
import Foundation
import TestSupport
import Testing

@testable import Ingest

@Suite("Damaged archives")
struct DamageTests {
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

    @Test(
        "a bit turned over is noticed, or changes no image, and nothing is lost without a word",
        arguments: ["zip", "tar.gz", "tar.bz2", "tar.xz", "tar.zst"])
    func bitFlips(ending: String) throws {
        // Small images that do not pack well: their data, not their padding, is most of the file.
        for index in 0..<6 {
            let noise = (0..<120).map { UInt8(truncatingIfNeeded: $0 * $0 * 7 + index * 31) }
            try folder.write("tree/\(index % 2)/\(index).jpg", Array(jpeg.prefix(16)) + noise)
        }
        let path = folder("tree.\(ending)")
        if ending == "zip" {
            let script = "import shutil,sys; shutil.make_archive(sys.argv[1], 'zip', sys.argv[2])"
            try #require(Tool.run("python3", ["-c", script, folder("tree"), folder("tree")]).status == 0)
        } else {
            try #require(Tool.run("tar", ["caf", path, "-C", folder("tree"), "0", "1"]).status == 0)
        }
        let original = try Delivery(path)
        try #require(original.entries.count == 6)
        let good = Dictionary(uniqueKeysWithValues: original.entries.map { ($0.entry.key, $0.bytes) })
        let bytes = Array(try Data(contentsOf: URL(fileURLWithPath: path)))
        // 1,000 of them, spread evenly over all bytes and all bits.
        let step = max(bytes.count * 8 / 1000, 1) | 1
        var refused = 0
        for bit in stride(from: 0, to: bytes.count * 8, by: step) {
            var damaged = bytes
            damaged[bit / 8] ^= 1 << (bit % 8)
            try folder.write("damaged", damaged)
            do {
                let result = try Delivery(folder("damaged"))
                let usable = result.entries.filter { result.reason($0.entry.key.text) == nil }
                for (entry, bytes) in usable { #expect(good[entry.key] == bytes, "bit \(bit)") }
                let skipped = result.skipped.others + result.skipped.links
                #expect(result.entries.count + skipped >= good.count, "bit \(bit)")
                if usable.count < good.count { refused += 1 }
            } catch let error as IngestError {
                refused += 1
                guard case .brokenArchive(_, let offset, _) = error else { continue }
                #expect((0...Int64(bytes.count)).contains(offset), "bit \(bit)")
            }
        }
        #expect(refused > 500)
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
        try expectRefusal(zip.bytes, "no entry where its directory has “1/b.jpg”")
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
        #expect(throws: IngestError.self) { try read(zip) }
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

    @Test(
        "compression inside compression is refused, whatever it unpacks to",
        arguments: ["gzip", "xz", "bzip2"])
    func nestedCompression(tool: String) throws {
        try folder.write("a", Tar.archive([(Array("0/a.jpg".utf8), jpeg)]))
        let pack = "for i in 1 2; do \(tool) -c a > b && mv b a; done"
        try #require(Tool.run("sh", ["-c", pack], in: folder.path).status == 0)
        #expect(failure(folder("a"))?.description.contains("unpack the outer") == true)
        // As many layers as libarchive allows, and more.
        try #require(
            Tool.run("sh", ["-c", "for i in $(seq 25); do \(pack); done"], in: folder.path).status == 0)
        #expect(failure(folder("a")) != nil)
    }

    @Test("of what is compressed as a whole, only a tar is read to its checksum; the rest is refused")
    func compressedOthers() throws {
        try folder.write("zip", twoMembers().bytes)
        try folder.write("cpio", cpioFile([(Array("0/a.jpg".utf8), jpeg)]))
        #expect(try Delivery(folder("cpio")).entries.map(\.bytes) == [jpeg])
        for (name, tool) in [("zip", "gzip"), ("zip", "xz"), ("cpio", "gzip"), ("cpio", "xz")] {
            try #require(Tool.run("sh", ["-c", "\(tool) -c \(name) > b"], in: folder.path).status == 0)
            guard case .notAnArchive? = failure(folder("b")) else {
                Issue.record("\(tool) of a \(name) is not refused")
                return
            }
        }
    }

    @Test(
        "tars one after the other are both read, in one gzip member or in two, and what is no tar is refused")
    func concatenatedTars() throws {
        let (a, b) = (
            Tar.archive([(Array("0/a.jpg".utf8), jpeg)]), Tar.archive([(Array("1/b.jpg".utf8), jpeg)])
        )
        try folder.write("a", a)
        try folder.write("b", b)
        let pack = "cat a b > both; gzip -c both > one.gz; gzip -c a > two.gz; gzip -c b >> two.gz"
        try #require(Tool.run("sh", ["-c", pack], in: folder.path).status == 0)
        for name in ["both", "one.gz", "two.gz"] {
            #expect(try Delivery(folder(name)).keys == ["0/a.jpg", "1/b.jpg"], "\(name)")
        }
        try folder.write("c", a + Array("garbage".utf8) + [UInt8](repeating: 7, count: 600))
        #expect(failure(folder("c")) != nil)
    }

    @Test(
        "the checksum that stands behind the end of a tar counts",
        arguments: [("gzip", 1), ("gzip", 5), ("xz", 12), ("zstd", 1), ("bzip2", 3)])
    func checksumBehindTar(tool: String, fromEnd: Int) throws {
        // More zero blocks than any buffer holds lie between.
        let tar = Tar.archive([(Array("0/a.jpg".utf8), jpeg)]) + [UInt8](repeating: 0, count: 4 << 20)
        try folder.write("a", tar)
        try #require(Tool.run("sh", ["-c", "\(tool) -c a > b"], in: folder.path).status == 0)
        #expect(try Delivery(folder("b")).entries.map(\.bytes) == [jpeg])
        var bytes = Array(try Data(contentsOf: URL(fileURLWithPath: folder("b"))))
        bytes[bytes.count - fromEnd] ^= 0x10
        try folder.write("b", bytes)
        let error = failure(folder("b"))
        guard case .brokenArchive(folder("b"), let offset, let reason)? = error else {
            Issue.record("\(String(describing: error))")
            return
        }
        #expect((1...Int64(bytes.count)).contains(offset))
        if tool == "gzip" { #expect(reason.contains(fromEnd == 1 ? "length" : "data check"), "\(reason)") }
    }
}
