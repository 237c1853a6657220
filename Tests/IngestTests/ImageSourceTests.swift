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

    /// All entries of a source with their bytes.
    private func read(
        _ path: String, entryLimit: Int = 1 << 20
    ) throws -> (entries: [(entry: Entry, bytes: [UInt8])], skipped: SkippedEntries) {
        let source = try openImages(at: path, entryLimit: entryLimit)
        var batch = EntryBatch()
        var found: [(Entry, [UInt8])] = []
        while true {
            try source.fill(&batch)
            if batch.entries.isEmpty { break }
            for entry in batch.entries { found.append((entry, batch.withBytes(of: entry) { Array($0) })) }
        }
        #expect(source.fractionRead == 1)
        return (found.sorted { bytewise($0.0.path, $1.0.path) }, source.skipped)
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

    private func checkTree(_ result: (entries: [(entry: Entry, bytes: [UInt8])], skipped: SkippedEntries)) {
        let prefix = "digits/"
        #expect(
            result.entries.map(\.entry.path)
                == [
                    "0/a.jpg", "1/B.JPG", "1/empty.jpg", "1/größe.jpg", "1/page.png",
                    "1/photo without ending",
                ].map { prefix + $0 })
        #expect(result.entries.map(\.entry.label) == ["0", "1", "1", "1", "1", "1"])
        #expect(result.entries.map(\.bytes).first == jpeg)
        #expect(result.entries[2].bytes.isEmpty)
        #expect(result.skipped.otherFiles == 1)
        #expect(result.skipped.hidden == 5)
    }

    @Test("a folder gives its images, and skips what is none; links are not followed")
    func folderTree() throws {
        try writeTree()
        let result = try read(folder("tree"))
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
        let result = try read(folder("tree.\(ending)"))
        checkTree(result)
        #expect(result.skipped.links == 2)
    }

    @Test("a zip gives the same")
    func zip() throws {
        try writeTree()
        let script = "import shutil,sys; shutil.make_archive(sys.argv[1], 'zip', sys.argv[2])"
        #expect(try Tool.run("python3", ["-c", script, folder("tree"), folder("tree")]).status == 0)
        // Python's zipfile follows file links, so one more image is really in there.
        let result = try read(folder("tree.zip"))
        #expect(result.entries.contains { $0.entry.path == "digits/1/größe.jpg" })
        #expect(result.skipped.hidden == 5)
    }

    @Test("an entry above the limit is unusable, and the next ones are fine")
    func entryLimit() throws {
        try folder.write("tree/0/a.jpg", jpeg + [UInt8](repeating: 0, count: 100_000))
        try folder.write("tree/0/b.jpg", jpeg)
        let result = try read(folder("tree"), entryLimit: 50_000)
        guard case .unusable(let reason) = result.entries[0].entry.content else {
            Issue.record("the large entry was accepted")
            return
        }
        #expect(reason == "larger than the limit of 50000 bytes")
        #expect(result.entries[1].bytes == jpeg)
    }

    @Test("a broken archive is an error that names file and place")
    func brokenArchive() throws {
        try writeTree()
        let script = "import shutil,sys; shutil.make_archive(sys.argv[1], 'zip', sys.argv[2])"
        try Tool.run("python3", ["-c", script, folder("tree"), folder("tree")])
        let zip = Array(try Data(contentsOf: URL(fileURLWithPath: folder("tree.zip"))))
        try folder.write("cut.zip", Array(zip.prefix(zip.count / 2)))
        let error = #expect(throws: IngestError.self) { try read(folder("cut.zip")) }
        guard case .brokenArchive(let path, let offset, _)? = error else {
            Issue.record("\(String(describing: error))")
            return
        }
        #expect(path == folder("cut.zip"))
        #expect(offset > 0)
    }

    @Test("what is no archive is said to be none")
    func notAnArchive() throws {
        try folder.write("page.zip", Array("<!DOCTYPE html>".utf8))
        try folder.write("empty.zip", [])
        for name in ["page.zip", "empty.zip"] {
            let error = #expect(throws: IngestError.self) { try read(folder(name)) }
            guard case .notAnArchive? = error else {
                Issue.record("\(String(describing: error))")
                return
            }
        }
        #expect(throws: IngestError.notFound(path: folder("none.zip"))) { try read(folder("none.zip")) }
    }

    @Test("backslashes of Windows tools separate, current-folder dots do not count")
    func paths() {
        #expect(EntryPath("digits\\3\\a.png").text == "digits/3/a.png")
        #expect(EntryPath("./3//a.png").text == "3/a.png")
        #expect(EntryPath("3/a\\b.png").label == "3")
        #expect(EntryPath("a.png").label == nil)
        #expect(EntryPath("../3/a.png").isHidden)
    }
}
