// Archives that unpack to far more than their size. Python makes them.

import TestSupport
import Testing

@testable import Ingest

@Suite("Limits of archives")
struct UnpackLimitTests {
    private let folder: TemporaryFolder

    init() throws { folder = try TemporaryFolder() }

    /// Writes a tar with a file of zeros, `megabytes` long, and an empty image after it.
    private func write(_ name: String, megabytes: Int, mode: String) throws {
        let script = """
            import io, sys, tarfile
            with tarfile.open(sys.argv[1], sys.argv[3]) as archive:
                for name, size in [("a/1.txt", int(sys.argv[2]) << 20), ("a/1.png", 0)]:
                    entry = tarfile.TarInfo(name)
                    entry.size = size
                    archive.addfile(entry, io.BytesIO(bytes(size)))
            """
        let arguments = ["-c", script, folder(name), String(megabytes), mode]
        try #require(Tool.run("python3", arguments).status == 0)
    }

    @Test(
        "a small archive may unpack to 128 MB, whether libarchive unpacks it or we do",
        arguments: ["gz", "bz2", "xz"])
    func compressed(mode: String) throws {
        try write("a.tar", megabytes: 120, mode: "w:\(mode)")
        #expect(try Delivery(folder("a.tar")).keys == ["a/1.png"])
        // One piece of bzip2 may go some way beyond the limit.
        try write("a.tar", megabytes: 400, mode: "w:\(mode)")
        #expect(throws: IngestError.unpacksTooFar(path: folder("a.tar"), limit: 128 << 20)) {
            try Delivery(folder("a.tar"))
        }
    }

    @Test("an archive that is not compressed has no such limit")
    func plain() throws {
        try write("a.tar", megabytes: 130, mode: "w:")
        #expect(try Delivery(folder("a.tar")).keys == ["a/1.png"])
    }

    @Test("the limit grows with the file, and does not overflow")
    func limit() {
        #expect(UnpackLimit.bytes(ofFileSize: 0) == 128 << 20)
        #expect(UnpackLimit.bytes(ofFileSize: 1 << 20) == 128 << 20)
        #expect(UnpackLimit.bytes(ofFileSize: 1 << 30) == 128 << 30)
        #expect(UnpackLimit.bytes(ofFileSize: .max) > 1 << 62)
    }

    @Test("a name of 4,096 bytes is a key; a longer one is rejected by its number", arguments: [4096, 4097])
    func longNames(count: Int) throws {
        let script = """
            import sys, tarfile
            name = "a/" + "n" * (int(sys.argv[2]) - 6) + ".png"
            with tarfile.open(sys.argv[1], "w", format=tarfile.PAX_FORMAT) as archive:
                archive.addfile(tarfile.TarInfo(name))
            """
        try #require(Tool.run("python3", ["-c", script, folder("a.tar"), String(count)]).status == 0)
        let entry = try #require(try Delivery(folder("a.tar")).entries.first?.entry)
        if count == 4096 {
            #expect(entry.key.bytes.count == 4096)
        } else {
            #expect(entry.key == "entry 1")
            guard case .unusable(let reason) = entry.content else {
                Issue.record("not rejected")
                return
            }
            #expect(reason == "its name has 4097 bytes, more than the limit of 4096")
        }
    }
}
