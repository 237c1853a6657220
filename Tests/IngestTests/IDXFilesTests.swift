import Dataset
import Foundation
import TestSupport
import Testing

@testable import Ingest

@Suite("Finding IDX files")
struct IDXFilesTests {
    private let folder: TemporaryFolder

    init() throws { folder = try TemporaryFolder() }

    /// Writes the files of one part, of two images each, all of whose pixels are `mark`.
    private func write(
        _ place: String, _ part: String = "train", mark: UInt8, images: Bool = true, labels: Bool = true
    ) throws {
        if images {
            try folder.write(
                "\(place)\(part)-images-idx3-ubyte",
                [0, 0, 8, 3, 0, 0, 0, 2, 0, 0, 0, 1, 0, 0, 0, 1, mark, mark])
        }
        if labels {
            try folder.write("\(place)\(part)-labels-idx1-ubyte", [0, 0, 8, 1, 0, 0, 0, 2, mark, mark])
        }
    }

    /// Marks of the images in their order, which must be those of the labels.
    private func marks(_ path: String? = nil) throws -> [UInt8] {
        let result = try Delivery(PixelParts(idx: path ?? folder.path))
        #expect(
            result.entries.map { String($0.bytes[0]) } == result.entries.compactMap { $0.entry.label?.text })
        return result.entries.sorted { $0.entry.split == nil && $1.entry.split == .test }.map {
            $0.bytes[0]
        }
    }

    /// The files that could be meant.
    private func ambiguousFiles() -> [String]? {
        let error = #expect(throws: IngestError.self) { try PixelParts(idx: folder.path) }
        guard case .ambiguousIDX(folder.path, let files)? = error else {
            Issue.record("\(String(describing: error))")
            return nil
        }
        return files.map { String($0.dropFirst(folder.path.utf8.count + 1)) }
    }

    @Test("images never go with the labels of another folder: two sets are ambiguous, and both are named")
    func twoFolders() throws {
        try write("digits/", mark: 1)
        try write("fashion/", mark: 2)
        #expect(ambiguousFiles() == ["digits/train-images-idx3-ubyte", "fashion/train-images-idx3-ubyte"])
        #expect(try marks(folder("fashion")) == [2, 2])
    }

    @Test("a set in the folder itself wins, and takes no test files of the others")
    func directSet() throws {
        try write("", mark: 1)
        try write("old/", mark: 2)
        try write("old/", "t10k", mark: 3)
        #expect(try marks() == [1, 1])
        try write("", "t10k", mark: 4)
        #expect(try marks() == [1, 1, 4, 4])
    }

    @Test("a half set beside a whole one is not mixed into it")
    func halfSet() throws {
        try write("a/", mark: 1, labels: false)
        try write("b/", mark: 2)
        #expect(try marks() == [2, 2])
    }

    @Test("folders for train and test, and folders for images and labels, are one set")
    func splitFolders() throws {
        try write("train/", mark: 1)
        try write("test/", "t10k", mark: 2)
        #expect(try marks() == [1, 1, 2, 2])
        let other = try IDXFilesTests()
        for part in ["train", "t10k"] {
            try other.write("images/", part, mark: 5, labels: false)
            try other.write("labels/", part, mark: 5, images: false)
        }
        #expect(try other.marks() == [5, 5, 5, 5])
    }

    @Test("halves of different sets are no set")
    func differentHalves() throws {
        try write("emnist-letters-", mark: 1, labels: false)
        try write("emnist-digits-", mark: 2, images: false)
        #expect(
            ambiguousFiles() == [
                "emnist-letters-train-images-idx3-ubyte", "emnist-digits-train-labels-idx1-ubyte",
            ])
    }

    @Test("halves that lie among parts of other sets are no set")
    func strayHalves() throws {
        try write("fashion/", mark: 1, labels: false)
        try write("mnist/", mark: 2, images: false)
        try write("mnist/", "t10k", mark: 2)
        #expect(ambiguousFiles() == ["fashion/train-images-idx3-ubyte", "mnist/train-labels-idx1-ubyte"])
        // With its images, mnist is whole; what is left of fashion is no test set of it.
        let other = try IDXFilesTests()
        try other.write("mnist/", mark: 2)
        try other.write("fashion/", mark: 1, labels: false)
        try other.write("fashion/", "t10k", mark: 1)
        #expect(try other.marks() == [2, 2])
    }

    @Test("prefixes are bytes: those that look alike, or are not UTF-8, are different sets")
    func bytePrefixes() throws {
        for (a, b) in [("\u{E9}-", "e\u{301}-"), ("A-", "a-")] {
            let other = try IDXFilesTests()
            try other.write(a, mark: 1, labels: false)
            try other.write(b, mark: 1, images: false)
            #expect(other.ambiguousFiles()?.count == 2)
        }
    }

    @Test("test files of another prefix are not those of this set")
    func otherPrefix() throws {
        try write("emnist-letters-", mark: 1)
        try write("emnist-digits-", "test", mark: 2)
        #expect(
            ambiguousFiles() == [
                "emnist-letters-train-images-idx3-ubyte", "emnist-digits-test-images-idx3-ubyte",
            ])
    }

    @Test("test files in several folders are ambiguous")
    func severalTests() throws {
        try write("train/", mark: 1)
        try write("test/", "t10k", mark: 2)
        try write("test2/", "t10k", mark: 3)
        #expect(ambiguousFiles() == ["test/t10k-images-idx3-ubyte", "test2/t10k-images-idx3-ubyte"])
    }

    @Test(
        "two files for one role are fine if they hold the same, packed or not, and ambiguous if they do not")
    func twice() throws {
        try write("", mark: 1)
        let images: [UInt8] = [0, 0, 8, 3, 0, 0, 0, 2, 0, 0, 0, 1, 0, 0, 0, 1, 1, 1]
        try folder.write("train-images.idx3-ubyte", images)
        try #require(Tool.run("gzip", ["-k", folder("train-images.idx3-ubyte")]).status == 0)
        #expect(try marks() == [1, 1])
        try folder.write("train-images.idx3-ubyte", images.dropLast() + [9])
        #expect(
            ambiguousFiles() == [
                "train-images-idx3-ubyte", "train-images.idx3-ubyte", "train-images.idx3-ubyte.gz",
            ])
    }

    @Test("one test file without the other is said to be missing")
    func halfTest() throws {
        try write("", mark: 1)
        try write("", "t10k", mark: 2, labels: false)
        #expect(throws: IngestError.missingIDX(folder: folder.path, file: "t10k-labels-idx1-ubyte")) {
            try PixelParts(idx: folder.path)
        }
    }

    @Test("a link to nowhere is an error under a name that counts, and nothing under another")
    func danglingLinks() throws {
        try write("", mark: 1)
        try FileManager.default.createSymbolicLink(
            atPath: folder("notes"), withDestinationPath: folder("nowhere"))
        #expect(try marks() == [1, 1])
        try FileManager.default.createSymbolicLink(
            atPath: folder("t10k-images-idx3-ubyte"), withDestinationPath: folder("nowhere"))
        #expect(throws: IngestError.notFound(path: folder("t10k-images-idx3-ubyte"))) {
            try PixelParts(idx: folder.path)
        }
    }

    @Test("links to folders are not followed, links to files are")
    func links() throws {
        try write("real/", mark: 4)
        try folder.write("set/readme", [])
        let manager = FileManager.default
        try manager.createSymbolicLink(atPath: folder("set/self"), withDestinationPath: ".")
        try manager.createSymbolicLink(atPath: folder("set/loop"), withDestinationPath: "loop")
        try manager.createSymbolicLink(atPath: folder("set/real"), withDestinationPath: "../real")
        #expect(throws: IngestError.self) { try marks(folder("set")) }
        for name in ["train-images-idx3-ubyte", "train-labels-idx1-ubyte"] {
            try manager.createSymbolicLink(
                atPath: folder("set/\(name)"), withDestinationPath: "../real/\(name)")
        }
        #expect(try marks(folder("set")) == [4, 4])
    }

    @Test("t10k alone is a set of test images")
    func testAlone() throws {
        try write("", "t10k", mark: 4)
        let delivery = try Delivery(PixelParts(idx: folder.path))
        #expect(delivery.keys == ["t10k/00000", "t10k/00001"])
        #expect(delivery.entries.allSatisfy { $0.entry.split == .test })
    }

    @Test("of several sets in one folder, a prefix chooses one; without it, both are named")
    func prefixes() throws {
        for (prefix, mark) in [("emnist-letters-", UInt8(1)), ("emnist-digits-", 2), ("", 3)] {
            for part in ["train", "test"] { try write(prefix, part, mark: mark) }
        }
        for (prefix, mark) in [("emnist-letters", UInt8(1)), ("emnist-digits-", 2)] {
            var options = PixelOptions()
            options.prefix = prefix
            let delivery = try Delivery(PixelParts(idx: folder.path, options: options))
            #expect(delivery.entries.map { $0.bytes[0] } == [mark, mark, mark, mark])
        }
        var options = PixelOptions()
        options.prefix = "kmnist"
        #expect(
            throws: IngestError.noSuchPrefix(
                folder: folder.path, prefix: "kmnist", found: ["", "emnist-digits", "emnist-letters"])
        ) { try PixelParts(idx: folder.path, options: options) }
    }

    @Test(
        "images of files named emnist-… are transposed, unless that is refused, and others if it is asked for"
    )
    func transposed() throws {
        let pixels: [UInt8] = [1, 2, 3, 4, 5, 6]
        func bytes(_ prefix: String, _ transposes: Bool?) throws -> [UInt8] {
            let other = try TemporaryFolder()
            try other.write("\(prefix)train-images-idx3-ubyte", PixelFiles.idx([1, 2, 3], pixels))
            try other.write("\(prefix)train-labels-idx1-ubyte", PixelFiles.idx([1], [1]))
            var options = PixelOptions()
            options.transposes = transposes
            let source = try PixelParts(idx: other.path, options: options)
            let first = try #require(try Delivery(source).entries.first)
            guard case .pixels(let shape, _) = first.entry.content else { return [] }
            #expect(shape.size.width == (first.bytes == pixels ? 3 : 2))
            #expect(source.remarks.isEmpty == (first.bytes == pixels))
            return first.bytes
        }
        #expect(try bytes("", nil) == pixels && bytes("emnist-letters-", false) == pixels)
        #expect(try bytes("emnist-letters-", nil) == [1, 4, 2, 5, 3, 6])
        #expect(try bytes("", true) == [1, 4, 2, 5, 3, 6])
    }
}
