// Exports: the same bytes every time, read back by this package's own readers; python/tests has those of other tools.

import Configuration
import Dataset
import Foundation
import Pipeline
import Shards
import Storage
import TestSupport
import Testing

@testable import Export

@Suite("Exports")
struct ExportTests {
    private let folder: TemporaryFolder

    init() throws { folder = try TemporaryFolder() }

    /// A dataset of the MNIST-like fixture in several shards, or of another input.
    private func prepare(
        _ name: String = "shards", pipeline: String = "mnist", input: String = Fixtures.path("mnist"),
        change: (inout PipelineConfiguration) throws -> Void = { $0.shardBytes = 400 * 784 }
    ) throws -> PreparedDataset {
        var configuration = try PipelineConfiguration.named(pipeline)
        try change(&configuration)
        _ = try Preparation(
            configuration: configuration, input: input, output: folder(name), workers: 2, memory: 1 << 28,
            overwrite: true
        ).run()
        return try PreparedDataset(folder(name))
    }

    /// Images by split and class, each list sorted.
    private func images(_ dataset: PreparedDataset) throws -> [String: [[UInt8]]] {
        var images: [String: [[UInt8]]] = [:]
        for (split, number, _) in dataset.manifest.shards {
            let samples = try ShardReader(dataset, split, number).samples()
            for row in 0..<samples.count {
                let name = dataset.classes[Int(samples.labels[row])]
                images["\(split.rawValue)/\(name)", default: []].append(Array(samples.image(row)))
            }
        }
        return images.mapValues { $0.sorted { $0.lexicographicallyPrecedes($1) } }
    }

    @Test("gives the same bytes with any number of threads", arguments: ExportFormat.allCases)
    func sameBytes(_ format: ExportFormat) throws {
        let dataset = try prepare()
        for workers in [1, 3] {
            let export = try DatasetExport(
                dataset, as: format, to: folder("out-\(workers)"), workers: workers)
            #expect(export.rows == dataset.manifest.samples)
        }
        let found = try contents(of: folder("out-1"))
        #expect(try contents(of: folder("out-3")) == found)
        #expect(found["samples.csv"]?.split(separator: 10).count == dataset.manifest.samples + 1)
    }

    @Test("prepares again to the same images in the same splits", arguments: ExportFormat.allCases)
    func roundTrip(_ format: ExportFormat) throws {
        let dataset = try prepare()
        _ = try DatasetExport(dataset, as: format, to: folder("out"), workers: 2)
        // The pipeline has no readers for several tar files with labels beside the images, nor for a third IDX set.
        let input: String
        switch format {
        case .webdataset, .idx: return
        case .npz: input = folder("out/mnist.npz")
        case .folder, .csv:
            for name in ["samples.csv", "croissant.json"] {
                try FileManager.default.removeItem(atPath: folder("out/\(name)"))
            }
            input = folder("out")
        }
        let inputs =
            format == .csv ? ["train", "validation", "test"].map { folder("out/\($0).csv") } : [input]
        var configuration = try PipelineConfiguration.named("images")
        configuration.stages = [.grayscale]
        configuration.leaks = .keep
        _ = try Preparation(
            configuration: configuration, inputs: inputs, output: folder("again"), workers: 2,
            memory: 1 << 28, overwrite: false
        ).run()
        #expect(try images(PreparedDataset(folder("again"))) == images(dataset))
    }

    @Test("writes MNIST's files as they were, in another order")
    func idx() throws {
        let dataset = try prepare { $0.officialTest = true }
        _ = try DatasetExport(dataset, as: .idx, to: folder("out"), workers: 2)
        let again = try prepare("again", input: folder("out")) { $0.officialTest = true }
        // Images of validation are in files of their own, which MNIST does not have.
        #expect(
            try images(again).filter { $0.key.hasPrefix("test") }
                == images(dataset).filter { $0.key.hasPrefix("test") })
        let header = try Data(contentsOf: URL(fileURLWithPath: folder("out/train-images-idx3-ubyte"))).prefix(
            16)
        #expect(
            Array(header.prefix(4)) == [0, 0, 8, 3] && Array(header.suffix(8)) == [0, 0, 0, 28, 0, 0, 0, 28])
    }

    @Test("indexes tar files as DALI does: by where the contents of each member begin")
    func index() throws {
        let dataset = try prepare()
        _ = try DatasetExport(dataset, as: .webdataset, to: folder("out"), workers: 2)
        var samples = 0
        for (split, number, record) in dataset.manifest.shards {
            let name = folder("out/\(split.rawValue)-\(ShardRecord.padded(number))")
            let tar = try Data(contentsOf: URL(fileURLWithPath: "\(name).tar"))
            let lines = try String(contentsOfFile: "\(name).idx", encoding: .utf8).split(separator: "\n")
            #expect(lines[0] == "v1.2 \(record.samples)" && lines.count == record.samples + 1)
            for line in lines.dropFirst() {
                let words = line.split(separator: " ")
                #expect(words.count == 12)
                for start in stride(from: 0, to: 12, by: 4) {
                    let offset = try #require(Int(words[start + 1]))
                    let size = try #require(Int(words[start + 2]))
                    // Headers begin with the name; the one before the contents is that of this member.
                    #expect(
                        tar[offset - 512..<offset].prefix { $0 != 0 }.elementsEqual(words[start + 3].utf8))
                    let bytes = tar[offset..<offset + size]
                    switch words[start] {
                    case "png": #expect(bytes.starts(with: [0x89, 0x50, 0x4E, 0x47]))
                    case "cls": #expect(Int(String(decoding: bytes, as: UTF8.self)) != nil)
                    default: #expect(words[start] == "json" && bytes.first == UInt8(ascii: "{"))
                    }
                }
                samples += 1
            }
        }
        #expect(samples == dataset.manifest.samples)
    }

    @Test("names classes so that they are folders, whatever they are called")
    func folderNames() {
        #expect(FolderExport.folderName("a/b") == #"a\x2Fb"#)
        #expect(FolderExport.folderName("..") == #"\x2E."#)
        #expect(FolderExport.folderName("plain name") == "plain name")
        // One character to Swift, but the first byte is a slash, or a dot, to the system.
        #expect(Array(FolderExport.folderName("/\u{301}x").utf8) == Array("\\x2F\u{301}x".utf8))
        #expect(Array(FolderExport.folderName(".\u{301}x").utf8) == Array("\\x2E\u{301}x".utf8))
    }

    @Test("refuses a folder that holds something, and leaves it as it is")
    func occupied() throws {
        let dataset = try prepare()
        try folder.write("out/mine.txt", [1])
        let path = FileSystem.resolved(folder("out"))
        #expect(throws: ExportError.occupied(path: path)) {
            _ = try DatasetExport(dataset, as: .csv, to: folder("out"), workers: 2)
        }
        #expect(try contents(of: folder("out")).keys.sorted() == ["mine.txt"])
        // An empty one is taken.
        try FileSystem.createFolder(folder("empty"))
        _ = try DatasetExport(dataset, as: .csv, to: folder("empty") + "/", workers: 2)
        #expect(try contents(of: folder("empty")).count == 5)
    }

    @Test(
        "follows no link to somebody's folder, and removes nothing of a folder that is not what an export left"
    )
    func links() throws {
        let dataset = try prepare()
        try folder.write("home/thesis", [1])
        try FileSystem.createFolder(folder("empty"))
        for link in [".out.exporting", "empty/.exporting"] {
            try FileManager.default.createSymbolicLink(
                atPath: folder(link), withDestinationPath: folder("home"))
        }
        for output in ["out", "empty"] {
            #expect(throws: (any Error).self) {
                _ = try DatasetExport(dataset, as: .csv, to: folder(output), workers: 1)
            }
        }
        try FileManager.default.removeItem(atPath: folder(".out.exporting"))
        try folder.write(".out.exporting/mine.txt", [1])
        #expect(throws: ExportError.self) {
            _ = try DatasetExport(dataset, as: .csv, to: folder("out"), workers: 1)
        }
        #expect(try contents(of: folder("home")).keys.sorted() == ["thesis"])
        #expect(try contents(of: folder(".out.exporting")).keys.sorted() == ["mine.txt"])
        // What an export has left that was killed.
        try folder.write(".out.exporting/.lock", [])
        _ = try DatasetExport(dataset, as: .csv, to: folder("out"), workers: 1)
        #expect(try contents(of: folder("out")).count == 5)
    }

    @Test(
        "an export that was stopped while it showed its files leaves nothing, and nobody's file is taken for one"
    )
    func stoppedAtTheEnd() throws {
        let dataset = try prepare()
        // As a killed one leaves it: test.csv was moved, samples.csv was not.
        try folder.write("out/.exporting/.lock", [])
        try folder.write("thesis/1.txt", [4])
        try folder.write(
            "out/.exporting/.names", Array("samples.csv\0test.csv\0../thesis\0\(folder("thesis"))\0..\0".utf8)
        )
        try folder.write("out/.exporting/samples.csv", [1])
        try folder.write("out/test.csv", [2])
        try folder.write("out/samples.csv", [3])
        #expect(throws: ExportError.self) {
            try DatasetExport(dataset, as: .csv, to: folder("out"), workers: 1)
        }
        #expect(try FileSystem.read(folder("out/samples.csv")) == [3])
        try FileManager.default.removeItem(atPath: folder("out/samples.csv"))
        _ = try DatasetExport(dataset, as: .csv, to: folder("out"), workers: 1)
        #expect(try contents(of: folder("out")).count == 5)
        #expect(try FileSystem.read(folder("thesis/1.txt")) == [4])
        // Nor does a list take what no export writes.
        try folder.write("mine/thesis", [5])
        try folder.write("mine/.exporting/.lock", [])
        try folder.write("mine/.exporting/.names", Array("thesis\0.exporting\0".utf8))
        #expect(throws: ExportError.self) {
            try DatasetExport(dataset, as: .csv, to: folder("mine"), workers: 1)
        }
        #expect(try FileSystem.read(folder("mine/thesis")) == [5])
    }

    @Test("an export that is interrupted leaves nothing")
    func interrupted() throws {
        struct Stop: Error {}
        let dataset = try prepare()
        try FileSystem.createFolder(folder("empty"))
        for output in ["new", "empty"] {
            #expect(throws: Stop.self) {
                try DatasetExport(dataset, as: .csv, to: folder(output), workers: 1, poll: { throw Stop() })
            }
        }
        #expect(try FileSystem.names(in: folder("empty")).isEmpty)
        #expect(try FileSystem.names(in: folder(".")) == ["empty", "shards"])
        // Nor does one begin below the dataset, by a path that is not there yet.
        #expect(throws: ExportError.self) {
            try DatasetExport(dataset, as: .csv, to: folder("no/../shards/inside"), workers: 1)
        }
        #expect(try FileSystem.names(in: folder(".")) == ["empty", "shards"])
    }

    @Test("fills an empty folder in place, and keeps out of the dataset")
    func places() throws {
        let dataset = try prepare()
        try FileSystem.createFolder(folder("mine"))
        let before =
            try FileManager.default.attributesOfItem(atPath: folder("mine"))[.systemFileNumber] as? Int
        _ = try DatasetExport(dataset, as: .folder, to: folder("mine"), workers: 2)
        let after =
            try FileManager.default.attributesOfItem(atPath: folder("mine"))[.systemFileNumber] as? Int
        #expect(before == after)
        #expect(
            try FileManager.default.contentsOfDirectory(atPath: folder("mine")).sorted() == [
                "croissant.json", "samples.csv", "test", "train", "validation",
            ])
        for path in [dataset.folder + "/out", dataset.folder + "/a/b", dataset.folder] {
            #expect(throws: ExportError.self) {
                _ = try DatasetExport(dataset, as: .csv, to: path, workers: 2)
            }
        }
        #expect(Verification(of: dataset, workers: 2).problems.isEmpty)
    }

    @Test("leaves nothing if a shard is damaged")
    func damaged() throws {
        let dataset = try prepare()
        let shard = folder("shards/\(dataset.manifest[.test].shards[0].name)")
        var bytes = try Data(contentsOf: URL(fileURLWithPath: shard))
        bytes[bytes.count / 2] ^= 1
        try bytes.write(to: URL(fileURLWithPath: shard))
        for format in ExportFormat.allCases {
            #expect(throws: ShardError.self) {
                _ = try DatasetExport(dataset, as: format, to: folder("out"), workers: 2)
            }
        }
        #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path) == ["shards"])
    }

    @Test("says which format to use where one cannot hold the images")
    func unsuitable() throws {
        var pixels = [UInt8](repeating: 0, count: 48)
        for number in 0..<20 {
            for index in pixels.indices {
                pixels[index] = UInt8(truncatingIfNeeded: (number + 1) * (index + 3) * 37)
            }
            try folder.write(
                "in/\(number % 2)/\(number).png", PixelFiles.png(width: 4, height: 4, channels: 3, pixels))
        }
        let dataset = try prepare("colour", pipeline: "images", input: folder("in")) { $0.stages = [] }
        let error = #expect(throws: ExportError.self) {
            _ = try DatasetExport(dataset, as: .idx, to: folder("out"), workers: 2)
        }
        #expect(error?.description.hasSuffix("Use --format npz.") == true)
    }
}
