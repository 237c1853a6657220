import Dataset
import Foundation
import TestSupport
import Testing

@testable import Ingest

@Suite("What inputs of pixels promise")
struct PixelPromiseTests {
    private let folder: TemporaryFolder

    init() throws { folder = try TemporaryFolder() }

    @Test("a row of names is not counted when indices get their digits", arguments: [true, false])
    func digits(hasNames: Bool) throws {
        let rows = String(repeating: "7,1,2,3,4\n", count: 100_000)
        try folder.write("train.csv", Array(((hasNames ? "label,a,b,c,d\n" : "") + rows).utf8))
        let source = try openPixels(at: folder("train.csv"), options: PixelOptions())
        // As in IDX files: the last of 100,000 images has the index 99999.
        let keys = try Delivery(source).keys
        #expect(keys.count == 100_000 && keys.first == "train/00000" && keys.last == "train/99999")
    }

    @Test("refuses an image that the file cannot hold before taking memory for it")
    func memory() throws {
        var text = "{'descr': '<f8', 'fortran_order': False, 'shape': (1, 4000, 4000, 3), }"
        text += String(repeating: " ", count: 127 - 10 - text.utf8.count) + "\n"
        let header: [UInt8] =
            [0x93] + Array("NUMPY".utf8) + [1, 0, UInt8(text.utf8.count), 0] + Array(text.utf8)
        try folder.write("images.npy", header)
        #expect(throws: IngestError.unpacksTooFar(path: folder("images.npy"), limit: 128 << 20)) {
            try openPixels(at: folder("images.npy"), options: PixelOptions(), needsLabels: false)
        }
    }
}
