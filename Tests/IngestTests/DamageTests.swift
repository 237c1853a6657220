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

    @Test("a tar that was cut between two members is refused, wherever")
    func cutTar() throws {
        for index in 0..<4 { try folder.write("tree/a/\(index).jpg", jpeg) }
        try #require(Tool.run("tar", ["cf", folder("t.tar"), "-C", folder("tree"), "a"]).status == 0)
        let bytes = Array(try Data(contentsOf: URL(fileURLWithPath: folder("t.tar"))))
        let end = (bytes.lastIndex { $0 != 0 } ?? 0) / 512 * 512 + 512
        for count in stride(from: 512, through: end, by: 512) {
            try folder.write("cut.tar", Array(bytes[..<count]))
            #expect(throws: IngestError.self, "\(count) bytes") { try Delivery(folder("cut.tar")) }
        }
        try folder.write("cut.tar", Array(bytes[..<(end + 512)]))
        #expect(try Delivery(folder("cut.tar")).entries.count == 4)
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
        try folder.write("zip", ZipFile([ZipFile.Member("0/a.jpg", jpeg)]).bytes)
        try folder.write("cpio", cpioFile([(Array("0/a.jpg".utf8), jpeg)]))
        #expect(try Delivery(folder("cpio")).entries.map(\.bytes) == [jpeg])
        for (name, tool) in [("zip", "gzip"), ("zip", "xz"), ("cpio", "gzip"), ("cpio", "xz")] {
            try #require(Tool.run("sh", ["-c", "\(tool) -c \(name) > b"], in: folder.path).status == 0)
            switch failure(folder("b")) {
            case .notAnArchive, .unknownFormat: break
            default: Issue.record("\(tool) of a \(name) is not refused")
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
