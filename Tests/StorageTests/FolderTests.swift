// Open folders: nothing outside them is touched, whatever lies in them.

import Foundation
import TestSupport
import Testing

@testable import Storage

@Suite("Open folders")
struct FolderTests {
    private let temporary: TemporaryFolder
    private let folder: Folder

    init() throws {
        temporary = try TemporaryFolder()
        try FileManager.default.createDirectory(
            atPath: temporary("outside"), withIntermediateDirectories: false)
        try temporary.write("outside/precious", [1, 2, 3])
        folder = try Folder(creating: temporary("a/b"))
    }

    private func link(_ name: String, to target: String) throws {
        try FileManager.default.createSymbolicLink(
            atPath: "\(folder.path)/\(name)", withDestinationPath: temporary(target))
    }

    @Test("removing a link, or a folder that holds one, leaves what it leads to")
    func removesLinks() throws {
        try link("link", to: "outside")
        _ = try folder.folder(creating: "sub")
        try link("sub/link", to: "outside")
        try folder.remove("link")
        try folder.remove("sub")
        #expect(try folder.names().isEmpty)
        #expect(try FileSystem.read(temporary("outside/precious")) == [1, 2, 3])
    }

    @Test("a link in place of a folder is refused, in place of a file it is replaced")
    func links() throws {
        try link("link", to: "outside")
        let path = "\(folder.path)/link"
        let refused = StorageError.unusable(file: path, reason: "it is a link or a file, not a folder")
        #expect(throws: refused) { try folder.folder(creating: "link") }
        try link("file", to: "outside/precious")
        try folder.write([[9]], to: "file")
        #expect(try folder.status(of: "file")?.kind == .file)
        #expect(try folder.read("file") == [9])
        #expect(try FileSystem.read(temporary("outside/precious")) == [1, 2, 3])
    }

    @Test("a file that is replaced keeps its permissions, and somebody's .tmp file stays as it is")
    func permissions() throws {
        try folder.write([[1]], to: "page.html")
        try folder.write([[7]], to: "page.html.tmp")
        #expect(chmod("\(folder.path)/page.html", 0o600) == 0)
        try folder.write([[2]], to: "page.html")
        let attributes = try FileManager.default.attributesOfItem(atPath: "\(folder.path)/page.html")
        #expect(attributes[.posixPermissions] as? Int == 0o600)
        #expect(try folder.read("page.html.tmp") == [7])
        #expect(try folder.names() == ["page.html", "page.html.tmp"])
    }

    @Test("a file that is not completed leaves nothing")
    func incomplete() throws {
        try folder.write([[1]], to: "x")
        do {
            var file = try AtomicFile(folder, "x")
            try file.write([2])
            #expect(try folder.names().filter(AtomicFile.isTemporary).count == 1)
        }
        #expect(try folder.read("x") == [1])
        #expect(try folder.names() == ["x"])
    }

    @Test("two names are exchanged in one step; a missing one is an error")
    func exchange() throws {
        let (one, two) = (try folder.folder(creating: "one"), try folder.folder(creating: "two"))
        try one.write([[1]], to: "x")
        try folder.exchange("one", with: folder, "two")
        #expect(try folder.folder("two").read("x") == [1])
        #expect(try folder.folder("one").names().isEmpty)
        #expect(throws: StorageError.self) { try folder.exchange("one", with: two, "none") }
    }

    @Test("files stay readable when there are more than the process may have open")
    func manyFiles() async {
        await #expect(processExitsWith: .success) {
            // The process has inherited some already; half of the limit is for files that stay open.
            let inherited = try FileManager.default.contentsOfDirectory(atPath: "/dev/fd").count
            let limit = 2 * inherited + 100
            var limits = rlimit(rlim_cur: rlim_t(limit), rlim_max: rlim_t(limit))
            #if canImport(Glibc)
                setrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limits)
            #else
                setrlimit(RLIMIT_NOFILE, &limits)
            #endif
            let temporary = try TemporaryFolder()
            let last = limit + 50
            for number in 0...last { try temporary.write("\(number)", [UInt8(truncatingIfNeeded: number)]) }
            let files = try (0...last).map { try MappedFile(temporary("\($0)")) }
            for (number, file) in files.enumerated() {
                #expect(file.isWhole && file.bytes[0] == UInt8(truncatingIfNeeded: number))
            }
            // One that is cut is noticed, one that is gone is still there for its mapping.
            truncate(temporary("\(last)"), 0)
            unlink(temporary("\(last - 1)"))
            #expect(!files[last].isWhole)
            #expect(
                files[last - 1].isWhole && files[last - 1].bytes[0] == UInt8(truncatingIfNeeded: last - 1))
        }
    }

    @Test("the lock of a folder keeps others out until it is given up, and survives the folder's removal")
    func locks() throws {
        let path = temporary("locked")
        do {
            let (_, _) = try FolderLock.claim(path)
        }
        let (folder, lock) = try FolderLock.claim(path)
        #expect(throws: StorageError.busy(folder: path)) { try FolderLock.claim(path) }
        try lock.removeFile(from: folder)
        rmdir(path)
        let (second, _) = try FolderLock.claim(path)
        #expect(try second.names() == [".lock"])
        withExtendedLifetime(lock) {}
    }
}
