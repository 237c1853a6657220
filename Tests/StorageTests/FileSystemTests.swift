// Writing files: whole or as they were, and through links and pipes.

import Foundation
import Storage
import TestSupport
import Testing

@Suite("Writing files")
struct FileSystemTests {
    private let folder: TemporaryFolder

    init() throws { folder = try TemporaryFolder() }

    private func write(_ text: String, to name: String) throws {
        try FileSystem.write([Array(text.utf8)], to: folder(name))
    }

    private func text(_ name: String) throws -> String {
        String(decoding: try FileSystem.read(folder(name)), as: UTF8.self)
    }

    @Test("paths are bytes: a slash is one whatever follows it, and one that is too long is an error")
    func paths() throws {
        let (parent, name) = FileSystem.split("a/\u{301}b")
        #expect(parent == "a" && name.utf8.elementsEqual("\u{301}b".utf8))
        #expect(FileSystem.split("/x") == ("/", "x") && FileSystem.split("x") == (".", "x"))
        let deep = String(repeating: "a/", count: 50_000) + "x"
        #expect(throws: StorageError.self) { try FileSystem.requireNoFile(at: deep) }
        #expect(throws: StorageError.self) { try FileSystem.createFolder(deep) }
        #expect(PathContents(deep) == .nothing(similar: nil))
    }

    @Test("a second write replaces the first, and leaves nothing beside it")
    func replaces() throws {
        try write("first and long", to: "a")
        try write("second", to: "a")
        #expect(try text("a") == "second")
        #expect(try FileSystem.names(in: folder.path) == ["a"])
    }

    @Test("a link leads to its file, which stays where it is")
    func links() throws {
        try write("old", to: "file")
        try FileManager.default.createSymbolicLink(
            atPath: folder("link"), withDestinationPath: folder("file"))
        try write("new", to: "link")
        #expect(try text("file") == "new")
        #expect(try FileManager.default.destinationOfSymbolicLink(atPath: folder("link")) == folder("file"))
    }

    @Test("a device stays a device, a folder a folder")
    func others() throws {
        try FileSystem.write([[1, 2, 3]], to: "/dev/null")
        let attributes = try FileManager.default.attributesOfItem(atPath: "/dev/null")
        #expect(attributes[.type] as? FileAttributeType == .typeCharacterSpecial)
        try FileSystem.createFolder(folder("sub"))
        #expect(throws: StorageError.system(path: folder("sub"), action: "write", reason: "it is a folder")) {
            try write("x", to: "sub")
        }
        #expect(try FileSystem.names(in: folder.path) == ["sub"])
    }

    @Test("a full device is an error with its reason")
    func full() {
        #expect(
            throws: StorageError.system(path: "/dev/full", action: "write", reason: "No space left on device")
        ) { try FileSystem.write([[1]], to: "/dev/full") }
    }
}
