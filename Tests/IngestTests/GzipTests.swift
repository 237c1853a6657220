import Dataset
import Foundation
import TestSupport
import Testing

@testable import Ingest

@Suite("Gzip")
struct GzipTests {
    private let folder: TemporaryFolder

    init() throws { folder = try TemporaryFolder() }

    private func unpacked(_ name: String) throws -> [UInt8] {
        let file = try InputFile(SystemPath(folder(name)))
        var bytes: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 1000)
        while true {
            let count = try buffer.withMutableBytes { (buffer) throws(IngestError) in
                try file.read(into: buffer)
            }
            if count == 0 { return bytes }
            bytes += buffer[..<count]
        }
    }

    private func packed(_ bytes: [UInt8]) throws -> [UInt8] {
        try folder.write("pack", bytes)
        try #require(Tool.run("gzip", ["-nf", folder("pack")]).status == 0)
        return Array(try Data(contentsOf: URL(fileURLWithPath: folder("pack.gz"))))
    }

    @Test("every single bit of an IDX file's gzip: refused, or the same pixels and labels come out")
    func everyBit() throws {
        let images: [UInt8] =
            [0, 0, 8, 3, 0, 0, 0, 6, 0, 0, 0, 4, 0, 0, 0, 4]
            + (0..<96).map { UInt8(truncatingIfNeeded: $0 * $0) }
        let good = try packed(images)
        try folder.write("train-labels-idx1-ubyte", [0, 0, 8, 1, 0, 0, 0, 6, 0, 1, 2, 3, 4, 5])
        var refused = 0
        for bit in 0..<good.count * 8 {
            var bytes = good
            bytes[bit / 8] ^= 1 << (bit % 8)
            try folder.write("train-images-idx3-ubyte.gz", bytes)
            do {
                let result = try Delivery(PixelParts(idx: folder.path))
                #expect(result.entries.flatMap(\.bytes) == Array(images.dropFirst(16)), "bit \(bit)")
                #expect(result.entries.map { $0.entry.label?.text } == ["0", "1", "2", "3", "4", "5"])
            } catch let error as IngestError {
                refused += 1
                #expect(error.description.hasPrefix(folder("train-images-idx3-ubyte.gz:")))
            }
        }
        // What may differ: the text flag, six bytes of time and system, and one unused bit or another.
        #expect(refused > good.count * 8 - 80)
    }

    @Test(
        "members one after the other are one file, with zero bytes between and after them; Python reads the same"
    )
    func members() throws {
        let (a, b) = ([UInt8](repeating: 7, count: 3000), Array("second".utf8))
        let zeros = [UInt8](repeating: 0, count: 700)
        for bytes in try [
            packed(a) + packed(b), packed(a) + zeros + packed(b) + zeros, packed(a) + packed([]) + packed(b),
        ] {
            try folder.write("a.gz", bytes)
            let script = "import gzip,sys; sys.stdout.write(gzip.open(sys.argv[1]).read().decode())"
            #expect(try unpacked("a.gz") == a + b)
            #expect(try Tool.run("python3", ["-c", script, folder("a.gz")]).output.utf8.elementsEqual(a + b))
        }
    }

    @Test("anything else after the last member is refused, and so is every early end")
    func otherEnds() throws {
        let bytes = try packed(Array("some text to be packed".utf8))
        for tail in [[1], [0, 0, 9], [0x1F], [0x1F, 0x8B], Array("text".utf8)] as [[UInt8]] {
            try folder.write("a.gz", bytes + tail)
            let error = #expect(throws: IngestError.self, "\(tail)") { try unpacked("a.gz") }
            #expect(
                tail[0] == 0x1F || error?.description.contains("not gzip follows") == true,
                "\(String(describing: error))")
        }
        for length in 2..<bytes.count {
            try folder.write("a.gz", Array(bytes.prefix(length)))
            let error = #expect(throws: IngestError.self) { try unpacked("a.gz") }
            #expect(error?.description.contains("ends in the middle of its gzip data") == true, "\(length)")
        }
    }

    @Test("gzip inside gzip is refused: a file that unpacks to itself would never end")
    func nested() throws {
        try folder.write("a.gz", packed(packed([1, 2, 3])))
        let error = #expect(throws: IngestError.self) { try unpacked("a.gz") }
        #expect(error?.description.contains("gzip inside gzip") == true)
    }

    @Test("what is no regular file is refused at once: nobody waits for a FIFO")
    func fifo() throws {
        let path = folder("fifo")
        try #require(mkfifo(path, 0o600) == 0)
        #expect(throws: IngestError.notFileOrFolder(path: path)) { try InputFile(SystemPath(path)) }
        #expect(throws: IngestError.notFileOrFolder(path: path)) {
            try openImages(at: path, entryLimit: 1000)
        }
        try folder.write("train-labels-idx1-ubyte", [0])
        try #require(mkfifo(folder("train-images-idx3-ubyte"), 0o600) == 0)
        #expect(throws: IngestError.notFileOrFolder(path: folder("train-images-idx3-ubyte"))) {
            try PixelParts(idx: folder.path)
        }
    }
}
