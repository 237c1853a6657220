import Dataset
import Foundation
import TestSupport
import Testing

@testable import Ingest

@Suite("IDX files")
struct IDXTests {
    private let folder: TemporaryFolder

    init() throws { folder = try TemporaryFolder() }

    private func header(_ dimensions: [Int]) -> [UInt8] {
        [0, 0, 8, UInt8(dimensions.count)]
            + dimensions.flatMap { value in withUnsafeBytes(of: UInt32(value).bigEndian, Array.init) }
    }

    private func images(_ count: Int, width: Int = 4, height: Int = 3) -> [UInt8] {
        header([count, height, width])
            + (0..<count * width * height).map { UInt8(truncatingIfNeeded: $0 * 7) }
    }

    private func labels(_ count: Int) -> [UInt8] { header([count]) + (0..<count).map { UInt8($0 % 3) } }

    private func gzip(_ name: String) throws {
        #expect(try Tool.run("gzip", ["-f", folder(name)]).status == 0)
    }

    @Test("names with a dash or a dot, raw or gzip, are read alike", arguments: ["-", "."], [false, true])
    func names(separator: String, isPacked: Bool) throws {
        let files = [
            ("train-images\(separator)idx3-ubyte", images(5)),
            ("train-labels\(separator)idx1-ubyte", labels(5)),
            ("t10k-images\(separator)idx3-ubyte", images(2)),
            ("t10k-labels\(separator)idx1-ubyte", labels(2)),
        ]
        for (name, bytes) in files {
            try folder.write(name, bytes)
            if isPacked { try gzip(name) }
        }
        let source = try PixelParts(idx: folder.path)
        // In the order of keys, t10k comes first.
        let entries = try Delivery(source).entries
        #expect(
            entries.map(\.entry.key.text) == ["t10k/00000", "t10k/00001"] + (0..<5).map { "train/0000\($0)" })
        #expect(entries.map { $0.entry.label?.text } == ["0", "1", "0", "1", "2", "0", "1"])
        #expect(entries.map { $0.entry.split == .test } == [true, true, false, false, false, false, false])
        #expect(entries[3].bytes == (12..<24).map { UInt8(truncatingIfNeeded: $0 * 7) })
        #expect(source.fileDigests == [Digest(of: images(5)), Digest(of: images(2))])
        guard case .pixels(let shape, let file) = entries[1].entry.content else {
            Issue.record("not pixels")
            return
        }
        #expect(shape == ImageShape(size: ImageSize(width: 4, height: 3), channels: 1) && file == 1)
    }

    /// What is wrong with images of which nothing but the header is there.
    private func problem(_ dimensions: [Int]) throws -> String {
        try folder.write("train-images-idx3-ubyte", header(dimensions))
        try folder.write("train-labels-idx1-ubyte", header([dimensions[0]]))
        let error = #expect(throws: IngestError.self) { try Delivery(PixelParts(idx: folder.path)) }
        return error?.description ?? ""
    }

    @Test("16 megapixels and sides of 65,536 are the largest images")
    func largestImages() throws {
        for (width, height) in [(4096, 4096), (65_536, 256), (256, 65_536)] {
            try folder.write("train-labels-idx1-ubyte", labels(1))
            let pixels = [UInt8](repeating: 0, count: width * height)
            try folder.write("train-images-idx3-ubyte", header([1, height, width]) + pixels)
            #expect(try Delivery(PixelParts(idx: folder.path)).entries.count == 1)
        }
        for (width, height) in [(4096, 4097), (65_537, 1), (1, 65_537)] {
            let problem = try problem([1, height, width])
            #expect(problem.contains("beyond the limits: 65536 a side, 16777216 in all"))
        }
    }

    @Test("262,144 images may be promised by a file of any size, more only by one with a byte for each")
    func mostImages() throws {
        #expect(try problem([262_144, 1, 1]).contains("ends inside item 1"))
        #expect(try problem([262_145, 1, 1]).contains("the limit is one per byte"))
        try folder.write("train-labels-idx1-ubyte", labels(262_145))
        try folder.write("train-images-idx3-ubyte", images(262_145, width: 1, height: 1))
        #expect(try PixelParts(idx: folder.path).givesSplits == false)
    }

    @Test("a folder of the file's name holding the file is found, and a packed copy beside it is no conflict")
    func nested() throws {
        try folder.write("train-images-idx3-ubyte/train-images-idx3-ubyte", images(3))
        try folder.write("train-labels.idx1-ubyte", labels(3))
        try folder.write("train-images.idx3-ubyte", images(3))
        try gzip("train-images.idx3-ubyte")
        let source = try PixelParts(idx: folder.path)
        #expect(try Delivery(source).entries.flatMap(\.bytes) == Array(images(3).dropFirst(16)))
        #expect(!source.givesSplits)
    }

    @Test("two different sets in one folder are ambiguous")
    func ambiguous() throws {
        for prefix in ["emnist-letters", "emnist-digits"] {
            try folder.write("\(prefix)-train-images-idx3-ubyte", images(3))
            try folder.write("\(prefix)-train-labels-idx1-ubyte", labels(3))
        }
        let error = #expect(throws: IngestError.self) { try PixelParts(idx: folder.path) }
        guard case .ambiguousIDX? = error else {
            Issue.record("\(String(describing: error))")
            return
        }
    }

    @Test("a missing file is named")
    func missing() throws {
        #expect(throws: IngestError.missingIDX(folder: folder.path, file: "train-images-idx3-ubyte")) {
            try PixelParts(idx: folder.path)
        }
        try folder.write("train-images-idx3-ubyte", images(3))
        #expect(throws: IngestError.missingIDX(folder: folder.path, file: "train-labels-idx1-ubyte")) {
            try PixelParts(idx: folder.path)
        }
    }

    /// What is wrong with the images file, at which uncompressed byte, and a word of the reason.
    static let malformedFiles: [(name: String, bytes: [UInt8], offset: Int, word: String)] = {
        let good: [UInt8] =
            [0, 0, 8, 3, 0, 0, 0, 2, 0, 0, 0, 3, 0, 0, 0, 4] + [UInt8](repeating: 9, count: 24)
        func with(_ index: Int, _ value: UInt8) -> [UInt8] {
            var bytes = good
            bytes[index] = value
            return bytes
        }
        return [
            ("empty", [], 0, "empty"),
            ("web page", Array("<!DOCTYPE html><html></html>".utf8), 0, "web page"),
            ("floats", with(2, 13), 2, "type code 13"),
            ("labels", with(3, 1), 3, "dimensions"),
            ("cut in the header", Array(good.prefix(10)), 10, "dimension 2"),
            ("cut in the data", Array(good.prefix(30)), 30, "item 2 of 2"),
            ("too long", good + [0], 40, "more data"),
            ("more promised than there is", with(6, 1), 4, "labels"),
            ("no width", with(15, 0), 8, "pixels"),
            ("huge width", with(12, 255), 8, "pixels"),
        ]
    }()

    @Test(
        "a malformed images file is an error with file, offset and reason", arguments: malformedFiles.indices,
        [false, true])
    func malformed(index: Int, isPacked: Bool) throws {
        var (name, bytes, offset, word) = Self.malformedFiles[index]
        // Packed, it is a file of some bytes that holds none.
        if name == "empty", isPacked { word = "ends before the magic number" }
        let file = "train-images-idx3-ubyte"
        try folder.write(file, bytes)
        if isPacked { try gzip(file) }
        try folder.write("train-labels-idx1-ubyte", header([2]) + [0, 1])
        let error = #expect(throws: IngestError.self) { _ = try Delivery(PixelParts(idx: folder.path)) }
        guard case .malformedIDX(let path, let found, let reason)? = error else {
            Issue.record("\(name): \(String(describing: error))")
            return
        }
        #expect(path.hasPrefix(folder(name == "more promised than there is" ? "train-labels" : file)))
        #expect(found == offset, "\(name)")
        #expect(reason.contains(word), "\(name): \(reason)")
    }

    @Test("a gzip file cut short is an error")
    func cutGzip() throws {
        try folder.write("train-images-idx3-ubyte", images(500))
        try gzip("train-images-idx3-ubyte")
        let packed = Array(try Data(contentsOf: URL(fileURLWithPath: folder("train-images-idx3-ubyte.gz"))))
        try folder.write("train-images-idx3-ubyte.gz", Array(packed.prefix(packed.count / 2)))
        try folder.write("train-labels-idx1-ubyte", labels(500))
        let error = #expect(throws: IngestError.self) { _ = try Delivery(PixelParts(idx: folder.path)) }
        guard case .brokenArchive(folder("train-images-idx3-ubyte.gz"), let offset, _)? = error else {
            Issue.record("\(String(describing: error))")
            return
        }
        #expect(offset == Int64(packed.count / 2))
    }
}
