import Dataset
import Foundation
import TestSupport
import Testing

@testable import Ingest

@Suite("Archives and folders of images")
struct ImageSourceTests {
    private let folder: TemporaryFolder
    private let jpeg: [UInt8]

    init() throws {
        folder = try TemporaryFolder()
        jpeg = try Fixtures.bytes("images/jpeg-rgb-420.jpg")
    }

    /// A tree with everything that lies around in the wild.
    private func writeTree() throws {
        try folder.write("tree/digits/0/a.jpg", jpeg)
        try folder.write("tree/digits/1/B.JPG", jpeg + [1])
        try folder.write("tree/digits/1/photo without ending", jpeg + [2])
        try folder.write("tree/digits/1/größe.jpg", jpeg + [3])
        try folder.write("tree/digits/1/empty.jpg", [])
        try folder.write("tree/digits/1/page.png", Array("<html>not found</html>".utf8))
        try folder.write("tree/digits/README.txt", Array("Read me".utf8))
        try folder.write("tree/digits/.DS_Store", [1, 2, 3])
        try folder.write("tree/digits/0/._a.jpg", jpeg)
        try folder.write("tree/digits/0/Thumbs.db", [1])
        try folder.write("tree/__MACOSX/digits/0/._a.jpg", jpeg)
        try folder.write("tree/digits/.hidden/x.jpg", jpeg)
        try folder.write("outside.jpg", jpeg)
        try FileManager.default.createSymbolicLink(
            atPath: folder("tree/digits/0/link.jpg"), withDestinationPath: folder("outside.jpg"))
        try FileManager.default.createSymbolicLink(
            atPath: folder("tree/digits/2"), withDestinationPath: folder("tree/digits/1"))
    }

    private func checkTree(_ result: Delivery) {
        let prefix = "digits/"
        #expect(
            result.keys
                == [
                    "0/a.jpg", "1/B.JPG", "1/empty.jpg", "1/größe.jpg", "1/page.png",
                    "1/photo without ending",
                ].map { prefix + $0 })
        #expect(result.entries.map { $0.entry.label?.text } == ["0", "1", "1", "1", "1", "1"])
        #expect(result.entries.map(\.bytes).first == jpeg)
        #expect(result.entries[2].bytes.isEmpty)
        #expect(result.skipped.otherFiles == 1)
        #expect(result.skipped.hidden == 5)
    }

    @Test("a folder gives its images, and skips what is none; links are not followed")
    func folderTree() throws {
        try writeTree()
        let result = try Delivery(folder("tree"))
        checkTree(result)
        #expect(result.skipped.links == 2)
    }

    @Test(
        "tar archives, plain and compressed, give the same",
        arguments: ["tar", "tar.gz", "tar.bz2", "tar.xz"])
    func tar(ending: String) throws {
        try writeTree()
        #expect(
            try Tool.run("tar", ["caf", folder("tree.\(ending)"), "-C", folder("tree"), "."]).status == 0)
        let result = try Delivery(folder("tree.\(ending)"))
        checkTree(result)
        #expect(result.skipped.links == 2)
    }

    @Test("a zip gives the same")
    func zip() throws {
        try writeTree()
        let script = "import shutil,sys; shutil.make_archive(sys.argv[1], 'zip', sys.argv[2])"
        #expect(try Tool.run("python3", ["-c", script, folder("tree"), folder("tree")]).status == 0)
        var result = try Delivery(folder("tree.zip"))
        // Python's zipfile follows links to files, so one more image is really in there.
        #expect(result.entries[1].entry.key == "digits/0/link.jpg")
        #expect(result.entries.remove(at: 1).bytes == jpeg)
        checkTree(result)
        #expect(result.skipped.links == 0)
    }

    @Test(
        "an entry above the limit is unusable, and the next ones are fine",
        arguments: ["folder", "tar.gz", "zip"])
    func entryLimit(kind: String) throws {
        let large = jpeg + [UInt8](repeating: 0, count: 100_000)
        switch kind {
        case "zip":
            try folder.write(
                kind, ZipFile([ZipFile.Member("0/a.jpg", large), ZipFile.Member("0/b.jpg", jpeg)]).bytes)
        case "tar.gz":
            try folder.write(
                "tar", Tar.archive([(Array("0/a.jpg".utf8), large), (Array("0/b.jpg".utf8), jpeg)]))
            try #require(Tool.run("gzip", [folder("tar")]).status == 0)
        default:
            try folder.write("folder/0/a.jpg", large)
            try folder.write("folder/0/b.jpg", jpeg)
        }
        let result = try Delivery(folder(kind), entryLimit: 50_000)
        #expect(result.keys == ["0/a.jpg", "0/b.jpg"])
        #expect(result.reason("0/a.jpg") == "larger than the limit of 50000 bytes")
        #expect(result.entries[1].bytes == jpeg)
    }

    @Test("a broken archive is an error that names file and place")
    func brokenArchive() throws {
        try writeTree()
        try #require(Tool.run("tar", ["caf", folder("tree.tar.xz"), "-C", folder("tree"), "."]).status == 0)
        let whole = Array(try Data(contentsOf: URL(fileURLWithPath: folder("tree.tar.xz"))))
        // All of the tar is there; what is missing is the end of what it was packed with.
        try folder.write("cut.tar.xz", whole.dropLast(20))
        let error = failure(folder("cut.tar.xz"))
        guard case .brokenArchive(let path, let offset, _)? = error else {
            Issue.record("\(String(describing: error))")
            return
        }
        #expect(path == folder("cut.tar.xz"))
        #expect(offset > 0 && offset <= whole.count - 20)
    }

    @Test("a folder that cannot be listed is an error that names it")
    func unreadableFolder() throws {
        // Deeper than the longest path, which not even root can open.
        let script =
            "import os,sys; os.chdir(sys.argv[1]); [(os.mkdir(n), os.chdir(n)) for n in ['d' * 200] * 25]"
        try folder.write("tree/0/a.jpg", jpeg)
        try #require(Tool.run("python3", ["-c", script, folder("tree")]).status == 0)
        let error = failure(folder("tree"))
        try #require(Tool.run("rm", ["-rf", folder("tree")]).status == 0)
        guard case .unreadable(let path, let reason)? = error else {
            Issue.record("\(String(describing: error))")
            return
        }
        #expect(path.hasPrefix(folder("tree/ddd")))
        #expect(reason == "File name too long")
    }

    @Test(
        "a folder without permission is an error that names it",
        .disabled(if: geteuid() == 0, "root may read all"))
    func forbiddenFolder() throws {
        try folder.write("tree/0/a.jpg", jpeg)
        try #require(chmod(folder("tree/0"), 0) == 0)
        defer { chmod(folder("tree/0"), 0o755) }
        #expect(
            failure(folder("tree")) == .unreadable(path: folder("tree/0"), reason: "Permission denied"))
    }

    @Test("what is no archive is said to be none")
    func notAnArchive() throws {
        try folder.write("page.zip", Array("<!DOCTYPE html>".utf8))
        try folder.write("empty.zip", [])
        for name in ["page.zip", "empty.zip"] {
            let error = #expect(throws: IngestError.self) { try Delivery(folder(name)) }
            guard case .unknownFormat? = error else {
                Issue.record("\(String(describing: error))")
                return
            }
        }
        #expect(throws: IngestError.notFound(path: folder("none.zip"))) { try Delivery(folder("none.zip")) }
    }

    @Test("backslashes of Windows tools separate, current-folder dots do not count")
    func paths() {
        func path(_ text: String) -> EntryPath { EntryPath(Array(text.utf8)) }
        #expect(path("digits\\3\\a.png").key == "digits/3/a.png")
        #expect(path("./3//a.png").key == "3/a.png")
        #expect(path("3/a\\b.png").label == "3")
        #expect(path("a.png").label == nil)
        #expect(path("../3/a.png").climbs && !path("../3/a.png").isHidden && !path("3/..a.png").climbs)
        #expect(path("3/THUMBS.DB").isHidden)
        #expect(path("3/a.JPEG").claimsToBeImage && !path("3/jpg").claimsToBeImage)
        // What is refused by name counts as an image; documents do not.
        #expect(path("3/a.webp").claimsToBeImage && path("3/a.HEIC").claimsToBeImage)
        #expect(path("3/a.cr2").claimsToBeImage && !path("3/a.pdf").claimsToBeImage)
        // Bytes that are not UTF-8 stay what they are.
        #expect(EntryPath([0xE9, 0x2F, 0xFF]).label == Key(bytes: [0xE9]))
    }
}
