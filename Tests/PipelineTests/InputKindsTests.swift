// The same images as files, IDX, CSV and NumPy's arrays lead to the same shards, where their keys agree.

import Dataset
import Foundation
import Ingest
import Shards
import TestSupport
import Testing

@testable import Pipeline

@Suite("Kinds of inputs")
struct InputKindsTests {
    private let folder: TemporaryFolder
    private let size = 6
    private let count = 60
    /// Different images, so that nothing is left out or kept together.
    private let images: [[UInt8]]
    private let labels: [String]

    init() throws {
        folder = try TemporaryFolder()
        images = (0..<60).map { image in
            (0..<36).map { UInt8(truncatingIfNeeded: Digest(of: "\(image) \($0)").words.0) }
        }
        labels = (0..<60).map { String($0 % 3) }
    }

    private func prepare(
        _ inputs: [String], _ output: String, pipeline: String = "images",
        change: (inout PipelineConfiguration) throws -> Void = { _ in }
    ) throws -> Manifest {
        var configuration = try PipelineConfiguration.named(pipeline)
        configuration.shardBytes = 1000
        try change(&configuration)
        return try Preparation(
            configuration: configuration, inputs: inputs.map { folder($0) }, output: folder(output),
            workers: 2
        ).run().manifest
    }

    /// Digests of all shards, uncompressed: pixels, labels, ids and what the shards say of themselves.
    private func shards(_ manifest: Manifest) -> [Digest] { manifest.shards.map(\.record.contentSHA256) }

    /// Provenance without what tells the kinds of inputs apart: the digest of the source.
    private func rows(_ output: String) throws -> [ProvenanceRow] {
        try PreparedDataset(folder(output)).provenance().map { row in
            var row = row
            row.source = Digest(of: "")
            return row
        }
    }

    private func key(_ part: String, _ number: Int) -> String {
        "\(part)/000\(number < 10 ? "0" : "")\(number)"
    }

    private func write(_ name: String, _ numbers: Range<Int>, part: String) throws {
        let (pixels, all) = (images[numbers].flatMap { $0 }, labels[numbers])
        let digits = all.compactMap { UInt8($0) }
        let suffix = part == "train" ? "train" : "test"
        let idx = part == "train" ? "train" : "t10k"
        try folder.write(
            "\(name)-idx/\(idx)-images-idx3-ubyte", PixelFiles.idx([numbers.count, size, size], pixels))
        try folder.write("\(name)-idx/\(idx)-labels-idx1-ubyte", PixelFiles.idx([numbers.count], digits))
        try folder.write("\(name)_\(suffix).csv", PixelFiles.csv(Array(images[numbers]), labels: Array(all)))
        try folder.write("\(name)-npy/x_\(suffix).npy", PixelFiles.npy([numbers.count, size, size], pixels))
        try folder.write("\(name)-npy/y_\(suffix).npy", PixelFiles.npy([numbers.count], digits))
        for (place, number) in numbers.enumerated() {
            let png = PixelFiles.png(width: size, height: size, images[number])
            // Without the ending of images, keys are those of other kinds.
            try folder.write("\(name)-files/\(key(part, place))", png)
        }
    }

    /// A table of labels for the files.
    private func labelTable(_ parts: [(part: String, numbers: Range<Int>)]) throws {
        var lines = ["key,label"]
        for (part, numbers) in parts {
            for (place, number) in numbers.enumerated() {
                lines.append("\(key(part, place)).png,\(labels[number])")
            }
        }
        try folder.write("labels.csv", Array(lines.joined(separator: "\n").utf8))
    }

    private func pack(_ name: String) throws {
        let names = try FileManager.default.contentsOfDirectory(atPath: folder("\(name)-npy")).sorted()
        let result = try Tool.run(
            "python3", ["-m", "zipfile", "-c", folder("\(name).npz")] + names, in: folder("\(name)-npy"))
        try #require(result.status == 0)
    }

    @Test(
        "train images as IDX, CSV, .npz, .npy and files with a table of labels give the same shards, digest for digest"
    )
    func sameShards() throws {
        try write("a", 0..<count, part: "train")
        try labelTable([("train", 0..<count)])
        try pack("a")
        let files = try prepare(["a-files"], "files") { $0.labels = LabelRule(path: folder("labels.csv")) }
        #expect(files.samples == count && files.image.description == "28x28 gray")
        for (input, output) in [("a_train.csv", "csv"), ("a.npz", "npz"), ("a-npy", "npy")] {
            #expect(shards(try prepare([input], output)) == shards(files), "\(input)")
            #expect(try rows(output) == rows("files"), "\(input)")
        }
        let idx = try prepare(["a-idx"], "idx") { $0.source = .idx }
        #expect(shards(idx) == shards(files))
        #expect(try rows("idx") == rows("files"))
        // A .npz and the arrays in it have equal digests, so they are the same dataset.
        #expect(
            try PreparedDataset(folder("npz")).manifest.digest
                == PreparedDataset(folder("npy")).manifest.digest)
    }

    @Test("so do test images that are kept, and folders named train and test")
    func sameTest() throws {
        try write("a", 0..<45, part: "train")
        try write("a", 45..<count, part: "test")
        try labelTable([("train", 0..<45), ("test", 45..<count)])
        try pack("a")
        let files = try prepare(["a-files"], "files") { $0.labels = LabelRule(path: folder("labels.csv")) }
        #expect(Split.allCases.map { files[$0].samples } == [40, 5, 15])
        // As folders named train and test are, their parts are kept, unless they are to be ignored.
        let npz = try prepare(["a.npz"], "npz")
        let csv = try prepare(["a_train.csv", "a_test.csv"], "csv")
        let divided = try prepare(["a.npz"], "divided") { $0.given = .ignore }
        #expect(Split.allCases.map { divided[$0].samples } == [48, 6, 6])
        let mnist = try prepare(["a.npz"], "mnist", pipeline: "mnist")
        #expect(Split.allCases.map { mnist[$0].samples } == [48, 6, 6])
        #expect(shards(npz) == shards(files) && shards(csv) == shards(files))
        #expect(try rows("npz") == rows("files") && rows("csv") == rows("files"))
        // IDX files call test t10k, so keys, and with them the order, are others.
        let idx = try prepare(["a-idx"], "idx") { ($0.source, $0.officialTest) = (.idx, true) }
        #expect(Split.allCases.map { idx[$0].samples } == [40, 5, 15])
    }

    @Test("options for pixels are refused where there are only images")
    func otherOptions() throws {
        try write("a", 0..<count, part: "train")
        let error = #expect(throws: PipelineError.self) {
            try prepare(["a-files"], "x") { $0.pixels.transposes = true }
        }
        #expect(error == .pixelOptions)
    }

    @Test("colours of an array are those of the same PNG files")
    func colours() throws {
        let pixels = (0..<count).map { image in
            (0..<108).map { UInt8(truncatingIfNeeded: Digest(of: "c \(image) \($0)").words.0) }
        }
        let digits = labels.compactMap { UInt8($0) }
        try folder.write("c/images.npy", PixelFiles.npy([count, size, size, 3], pixels.flatMap { $0 }))
        try folder.write("c/labels.npy", PixelFiles.npy([count], digits))
        for (number, image) in pixels.enumerated() {
            try folder.write(
                "files/\(key("train", number))", PixelFiles.png(width: size, height: size, channels: 3, image)
            )
        }
        try labelTable([("train", 0..<count)])
        let files = try prepare(["files"], "a") { $0.labels = LabelRule(path: folder("labels.csv")) }
        let arrays = try prepare(["c"], "b")
        #expect(files.image.channels == 3 && shards(arrays) == shards(files))
        #expect(try rows("a") == rows("b"))
    }

    @Test("a dataset from a table is that of its steps, and agrees with its source")
    func steps() throws {
        try write("a", 0..<count, part: "train")
        let manifest = try prepare(["a_train.csv"], "whole")
        var configuration = try PipelineConfiguration.named("images")
        configuration.shardBytes = 1000
        let inputs = [folder("a_train.csv")]
        let work = try WorkFolder(folder("work"), configuration, inputs: inputs, parts: 3)
        let steps = try work.run(inputs, to: folder("steps"), workers: 2, memory: 1 << 28, overwrite: false)
        #expect(steps.digest == manifest.digest)
        let dataset = try PreparedDataset(folder("whole"))
        #expect(try SourceVerification.check(dataset, against: inputs, workers: 2).problems.isEmpty)
        let other = String(decoding: try Data(contentsOf: URL(fileURLWithPath: inputs[0])), as: UTF8.self)
        try folder.write("a_train.csv", Array(other.replacing("\n1,", with: "\n2,").utf8))
        let problems = try SourceVerification.check(dataset, against: inputs, workers: 2).problems
        #expect(problems.contains("train/00001: its bytes in the source differ (SHA-256)"))
    }

    @Test(
        "classes get names from a list, from EMNIST's mapping, or by labels; one without a name is an error")
    func classNames() throws {
        try write("a", 0..<count, part: "train")
        // A line of a text may hold what Unicode also calls the end of one.
        #expect(
            ClassNaming(fileText: "ze\u{2028}ro\r\none\u{B}\r\n")?.names == [
                "0": "ze\u{2028}ro", "1": "one\u{B}",
            ])
        let mapping = try #require(ClassNaming(fileText: "0 65\n1 66 98\n2 99\n"))
        let list = try #require(try ClassNaming(option: "A,B,c"))
        #expect(mapping == list)
        try folder.write("names.txt", Array("A\r\nB\r\nc\r\n".utf8))
        #expect(try ClassNaming(option: folder("names.txt")) == list)
        let manifest = try prepare(["a_train.csv"], "x") { $0.classNames = list }
        #expect(manifest.classes.names == ["A", "B", "c"])
        #expect(shards(manifest) != shards(try prepare(["a_train.csv"], "y")))
        let error = #expect(throws: PipelineError.self) {
            try prepare(["a_train.csv"], "z") { $0.classNames = try ClassNaming(option: ",A,B") }
        }
        #expect(
            error?.description.contains("label “0” has no name; --class-names has those of 1…2 (2)") == true)
        let yaml = "name: x\nsource: idx\nstages: []\nclass_names: "
        let byLabel = try PipelineConfiguration(yaml: yaml + "{7: seven, cat: Cat}", file: "x")
        #expect(byLabel.classNames?.names == ["7": "seven", "cat": "Cat"])
        #expect(
            try PipelineConfiguration(yaml: byLabel.definition.canonicalText, file: "x") == byLabel)
        #expect(try PipelineConfiguration(yaml: yaml + "[A, B, c]", file: "x").classNames == list)
    }

    @Test("what is said of pixels is a part of the definition, and changes the data")
    func options() throws {
        let yaml =
            "name: x\nsource: idx\nstages: []\npixels: {label: kind, shape: 3x2, transpose: true, prefix: a-}\n"
        let configuration = try PipelineConfiguration(yaml: yaml, file: "x")
        #expect(
            configuration.pixels.shape == ImageSize(width: 3, height: 2)
                && configuration.pixels.transposes == true)
        #expect(
            try PipelineConfiguration(yaml: configuration.definition.canonicalText, file: "x")
                == configuration)
        try write("a", 0..<count, part: "train")
        let (plain, turned) = (
            try prepare(["a_train.csv"], "plain"),
            try prepare(["a_train.csv"], "turned") { $0.pixels.transposes = true }
        )
        #expect(plain.digest != turned.digest)
    }

    @Test(
        "tables beside images, test images that are missing, and tables without labels are errors that say so"
    )
    func errors() throws {
        try write("a", 0..<count, part: "train")
        #expect(throws: PipelineError.mixedInputs(folder("a-files"))) {
            try prepare(["a_train.csv", "a-files"], "x")
        }
        #expect(throws: PipelineError.noOfficialTest(input: "the input")) {
            try prepare(["a_train.csv"], "x") { $0.officialTest = true }
        }
        try folder.write("test.csv", PixelFiles.csv(images, labels: nil))
        #expect(throws: IngestError.self) { try prepare(["test.csv"], "x") }
    }

    @Test("a part of validation alone is kept, from tables and arrays, and with what was recorded")
    func validationPart() throws {
        try folder.write("a_train.csv", PixelFiles.csv(Array(images[..<40]), labels: Array(labels[..<40])))
        try folder.write("a_val.csv", PixelFiles.csv(Array(images[40...]), labels: Array(labels[40...])))
        let manifest = try prepare(["a_train.csv", "a_val.csv"], "x")
        #expect(Split.allCases.map { manifest[$0].samples } == [40, 20, 0])
        #expect(try rows("x").allSatisfy { ($0.split == .validation) == $0.key.text.contains("validation/") })
        let recorded = try PipelineConfiguration(recordedIn: PreparedDataset(folder("x")))
        let again = try prepare(["a_train.csv", "a_val.csv"], "y") { $0 = recorded }
        #expect(again.digest == manifest.digest)
        for (part, numbers) in [("train", 0..<40), ("val", 40..<60)] {
            let pixels = PixelFiles.npy([numbers.count, size, size], images[numbers].flatMap { $0 })
            let classes = PixelFiles.npy([numbers.count], labels[numbers].compactMap { UInt8($0) })
            try folder.write("\(part)/x_\(part).npy", pixels)
            try folder.write("\(part)/y_\(part).npy", classes)
        }
        let arrays = try prepare(["train", "val"], "z")
        #expect(Split.allCases.map { arrays[$0].samples } == [40, 20, 0])
    }

    @Test("class names that do not fit into the header of a shard are refused, and the old dataset stays")
    func longNames() throws {
        let pixels = (0..<300).map { row in (0..<4).map { UInt8(truncatingIfNeeded: row * 7 + $0 * row) } }
        let names = (0..<300).map { String(repeating: "n", count: 4000) + String($0) }
        try folder.write("long_train.csv", PixelFiles.csv(pixels, labels: names))
        let error = #expect(throws: ShardError.self) { try prepare(["long_train.csv"], "x") }
        #expect(error?.description.hasPrefix("300 classes with names of 1200790 bytes in all") == true)
        #expect(!FileManager.default.fileExists(atPath: folder("x")))
    }

    @Test("images of a table without labels are prepared for prediction, row by row")
    func prediction() throws {
        try folder.write("test.csv", PixelFiles.csv(images, labels: nil))
        var configuration = try PipelineConfiguration.named("mnist")
        configuration.stages = [.grayscale]
        var preparation = ImagePreparation(configuration, channels: 1)
        var found: [[UInt8]] = []
        try preparation.forEachImage(at: folder("test.csv")) { outcome in
            #expect(outcome.row == found.count && outcome.problem == nil)
            found.append(outcome.pixels)
        }
        #expect(found == images)
    }
}
