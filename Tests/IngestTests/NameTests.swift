import Dataset
import Foundation
import TestSupport
import Testing

@testable import Ingest

@Suite("Names in all encodings")
struct NameTests {
    private let folder: TemporaryFolder
    private let jpeg: [UInt8]

    init() throws {
        folder = try TemporaryFolder()
        jpeg = try Fixtures.bytes("images/jpeg-rgb-420.jpg")
    }

    /// Class folders that old and new tools write: é composed and decomposed in UTF-8, é in Latin-1 and in code page
    /// 437, 你 in GBK, 表 in Shift-JIS, whose second byte is a backslash.
    static let classes: [[UInt8]] = [
        [0xC3, 0xA9], [0x65, 0xCC, 0x81], [0xE9], [0x82], [0xC4, 0xE3], [0x95, 0x5C],
    ]

    private func members(_ classes: [[UInt8]]) -> [(name: [UInt8], bytes: [UInt8])] {
        classes.map { ($0 + Array("/a.jpg".utf8), jpeg + $0) }
    }

    private func zip(_ classes: [[UInt8]], flags: Int = 0) -> [UInt8] {
        ZipFile(members(classes).map { ZipFile.Member($0.name, $0.bytes, flags: flags) }).bytes
    }

    /// Creates a tree with the names as they are, which Foundation cannot.
    private func writeTree(_ name: String, _ classes: [[UInt8]]) throws {
        let root = SystemPath(folder(name))
        try #require(root.withCString { mkdir($0, 0o755) } == 0)
        for (index, bytes) in classes.enumerated() {
            let path = root.appending(bytes)
            try #require(path.withCString { mkdir($0, 0o755) } == 0)
            try folder.write("one.jpg", members(classes)[index].bytes)
            let target = path.appending(Array("a.jpg".utf8))
            let moved = SystemPath(folder("one.jpg")).withCString { from in
                target.withCString { rename(from, $0) }
            }
            try #require(moved == 0)
        }
    }

    /// The input of a kind with these class folders.
    private func write(_ kind: String, _ classes: [[UInt8]]) throws -> String {
        switch kind {
        case "zip": try folder.write(kind, zip(classes))
        case "tar": try folder.write(kind, Tar.archive(members(classes)))
        case "pax": try folder.write(kind, paxFile(members(classes)))
        case "cpio": try folder.write(kind, cpioFile(members(classes)))
        case "tar.gz":
            try folder.write("tar", paxFile(members(classes)))
            try #require(Tool.run("gzip", [folder("tar")]).status == 0)
        default: try writeTree(kind, classes)
        }
        return folder(kind)
    }

    // File systems of macOS take no names that are not UTF-8.
    #if os(Linux)
        static let kinds = ["zip", "tar", "pax", "tar.gz", "cpio", "folder"]
    #else
        static let kinds = ["zip", "tar", "pax", "tar.gz", "cpio"]
    #endif

    @Test(
        "as many classes come out as there are folders, each with its own image, in any order",
        arguments: kinds)
    func allEncodings(kind: String) throws {
        let forward = try Delivery(write(kind, Self.classes))
        try FileManager.default.removeItem(atPath: folder(kind))
        let backward = try Delivery(write(kind, Self.classes.reversed()))
        for result in [forward, backward] {
            #expect(result.classes.count == Self.classes.count)
            // The image's last bytes are those of its folder's name.
            for (entry, bytes) in result.entries where kind != "zip" {
                #expect(entry.label?.bytes == Array(bytes.dropFirst(jpeg.count)))
            }
        }
        #expect(forward.keys == backward.keys)
        #expect(forward.entries.map(\.bytes) == backward.entries.map(\.bytes))
    }

    @Test(
        "a zip whose names are not all UTF-8 and do not say so has them in code page 437; the oracle is Python"
    )
    func cp437() throws {
        try folder.write("a.zip", zip(Self.classes))
        let result = try Delivery(folder("a.zip"))
        let script =
            "import sys; print('\\n'.join(sorted(bytes.fromhex(x).decode('cp437') for x in sys.argv[1:])))"
        let hex = Self.classes.map {
            $0.map { String($0 >> 4, radix: 16) + String($0 & 15, radix: 16) }.joined()
        }
        let python = try Tool.run("python3", ["-X", "utf8", "-c", script] + hex)
        #expect(
            result.classes.map(\.text).sorted { Key(utf8: $0) < Key(utf8: $1) }.joined(separator: "\n") + "\n"
                == python.output)
        #expect(result.classes.contains("é"), "0x82")
    }

    @Test("every byte from 128 on in code page 437 is what Python makes of it")
    func wholeTable() throws {
        let script = "import sys; sys.stdout.buffer.write(bytes(range(128, 256)).decode('cp437').encode())"
        let python = try Tool.run("python3", ["-c", script])
        #expect(NameDecoder(nil, isCP437: true).decode(Array(128...255)) == Array(python.output.utf8))
    }

    @Test(
        "a zip that says UTF-8, or whose names are all UTF-8, keeps them: é and é are two classes",
        arguments: [0, 1 << 11])
    func unicode(flags: Int) throws {
        try folder.write("a.zip", zip(Array(Self.classes.prefix(2)), flags: flags))
        #expect(
            try Delivery(folder("a.zip")).classes == [
                Key(bytes: [0xC3, 0xA9]), Key(bytes: [0x65, 0xCC, 0x81]),
            ])
    }

    @Test("names beside others that say UTF-8 are still in code page 437")
    func mixed() throws {
        let name = Array("/a.jpg".utf8)
        let members = [
            ZipFile.Member([0xC3, 0xA9] + name, jpeg, flags: 1 << 11),
            ZipFile.Member([0x81] + name, jpeg + [1]),
        ]
        try folder.write("a.zip", ZipFile(members).bytes)
        #expect(try Delivery(folder("a.zip")).classes == ["é", "ü"])
        let names = try NameEncoding("latin2")
        #expect(try Delivery(folder("a.zip"), names: names).classes == ["é", Key(bytes: [0xC2, 0x81])])
    }

    @Test("Info-ZIP's name in UTF-8 counts if it belongs to the name beside it")
    func unicodePath() throws {
        let name: [UInt8] = [0x3F] + Array("/a.jpg".utf8)
        let unicode: [UInt8] = Array("你/a.jpg".utf8)
        for (crc, expected) in [(crc32(name), "你"), (0, "?")] as [(Int, Key)] {
            var member = ZipFile.Member(name, jpeg)
            member.extra = little16(0x7075) + little16(5 + unicode.count) + [1] + little32(crc) + unicode
            try folder.write("a.zip", ZipFile([member]).bytes)
            #expect(try Delivery(folder("a.zip")).classes == [expected])
        }
    }

    @Test("with the encoding stated, names are readable; what is not in it keeps its bytes", arguments: kinds)
    func stated(kind: String) throws {
        let names = try NameEncoding("gbk")
        // 你, 好, and a byte that GBK does not have.
        let path = try write(kind, [[0xC4, 0xE3], [0xBA, 0xC3], [0xFF]])
        let result = try Delivery(path, names: names)
        #expect(result.classes == ["你", "好", Key(bytes: [0xFF])])
        #expect(result.keys == ["你/a.jpg", "好/a.jpg", "\\xFF/a.jpg"])
    }

    @Test("names are decoded before they are split: Shift-JIS has backslashes inside of characters")
    func decodedFirst() throws {
        let name: [UInt8] = [0x95, 0x5C, 0x5C] + Array("a.jpg".utf8)
        try folder.write("a.zip", ZipFile([ZipFile.Member(name, jpeg)]).bytes)
        #expect(try Delivery(folder("a.zip"), names: NameEncoding("CP932")).classes == ["表"])
    }

    @Test("what says UTF-8 is not decoded again", arguments: ["zip", "pax"])
    func notTwice(kind: String) throws {
        // Six bytes that GBK would read as three other characters.
        let members = members([Array("你好".utf8)])
        let zip = ZipFile([ZipFile.Member(members[0].name, members[0].bytes, flags: 1 << 11)])
        try folder.write("a", kind == "zip" ? zip.bytes : paxFile(members))
        #expect(try Delivery(folder("a"), names: NameEncoding("gbk")).classes == ["你好"])
    }

    @Test("an encoding that there is not is named", arguments: ["klingon", "", "gbk//IGNORE"])
    func unknown(name: String) {
        let error = #expect(throws: IngestError.unknownEncoding(name: name)) { try NameEncoding(name) }
        #expect(error?.kind == .usage)
    }
}
