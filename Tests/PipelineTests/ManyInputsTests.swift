// Several archives, folders and IDX sets that become one dataset.

import Dataset
import Foundation
import Ingest
import Shards
import TestSupport
import Testing

@testable import Pipeline

@Suite("Many inputs, one dataset")
struct ManyInputsTests {
    private let folder: TemporaryFolder

    init() throws { folder = try TemporaryFolder() }

    /// Path in the archive and bytes of every photo of the fixture.
    private func photos() throws -> [(key: String, bytes: [UInt8])] {
        let source = try openImages(at: Fixtures.path("digits.zip"), entryLimit: 1 << 20)
        var batch = EntryBatch()
        var files: [(key: String, bytes: [UInt8])] = []
        repeat {
            try source.fill(&batch)
            files += batch.entries.map { entry in
                (entry.key.text, batch.withBytes(of: entry) { Array($0) })
            }
        } while !batch.entries.isEmpty
        return files.sorted { $0.key < $1.key }
    }

    /// An archive, made by Python or tar, of files that lie in a folder of their own.
    private func pack(_ name: String, _ files: [(key: String, bytes: [UInt8])]) throws -> String {
        let tree = "tree of \(name)"
        for file in files { try folder.write("\(tree)/\(file.key)", file.bytes) }
        try FileManager.default.createDirectory(
            atPath: (folder(name) as NSString).deletingLastPathComponent, withIntermediateDirectories: true)
        let command =
            name.hasSuffix(".zip")
            ? ["python3", "-m", "zipfile", "-c", folder(name), "."]
            : ["tar", "caf", folder(name), "-C", folder(tree), "."]
        let script =
            "import os, sys, subprocess; os.chdir(sys.argv[1]); subprocess.run(sys.argv[2:], check=True)"
        try #require(Tool.run("python3", ["-c", script, folder(tree)] + command).status == 0)
        return folder(name)
    }

    @discardableResult
    private func prepare(
        _ inputs: [String], to output: String, pipeline: String = "kaggle", workers: Int = 3,
        change: (inout PipelineConfiguration) -> Void = { _ in }
    ) throws -> PreparationSummary {
        var configuration = try PipelineConfiguration.named(pipeline)
        configuration.name = "many"
        change(&configuration)
        return try Preparation(
            configuration: configuration, inputs: inputs, output: folder(output), workers: workers,
            overwrite: true
        ).run()
    }

    private func keys(_ output: String) throws -> [String] {
        try PreparedDataset(folder(output)).provenance().map(\.key.text)
    }

    @Test("parts of a dataset, packed in any way and given in any order, are the dataset")
    func parts() throws {
        let whole = try prepare([Fixtures.path("digits.zip")], to: "whole").manifest
        let photos = try photos()
        func part(_ number: Int, of count: Int) -> [(key: String, bytes: [UInt8])] {
            photos.indices.filter { $0 % count == number }.map { photos[$0] }
        }
        for number in 0..<4 {
            for file in part(number, of: 7) { try folder.write("part \(number)/\(file.key)", file.bytes) }
        }
        let parts =
            (0..<4).map { folder("part \($0)") }
            + [
                try pack("4.zip", part(4, of: 7)), try pack("5.tar", part(5, of: 7)),
                try pack("6.tar.gz", part(6, of: 7)),
            ]
        for workers in [1, 2, 5] {
            let shuffled = parts.shuffled()
            let summary = try prepare(shuffled, to: "parts", workers: workers)
            #expect(summary.manifest.digest == whole.digest, "\(shuffled)")
            #expect(summary.notes.prefixes.isEmpty && summary.notes.emptyInputs.isEmpty)
        }
        let check = try SourceVerification.check(
            PreparedDataset(folder("parts")), against: parts.reversed(), workers: 2)
        #expect(check.problems.isEmpty)
    }

    @Test("inputs that have a key in common put their names before their keys, in any order")
    func collisions() throws {
        try prepare([Fixtures.path("digits.zip")], to: "whole")
        let usable = Set(try keys("whole"))
        let photos = Array(
            try photos().filter { file in usable.contains { file.key.hasSuffix($0) } }.prefix(90))
        func renamed(_ range: Range<Int>, from first: Int = 0) -> [(key: String, bytes: [UInt8])] {
            range.map { ("\($0 % 3)/\($0 - range.lowerBound + first).jpg", photos[$0].bytes) }
        }
        let inputs = [
            try pack("a.zip", renamed(0..<30)), try pack("b.zip", renamed(30..<60)),
            try pack("c.zip", renamed(60..<90, from: 1000)),
        ]
        let summary = try prepare(inputs, to: "x")
        #expect(summary.manifest.samples == 90)
        #expect(summary.notes.prefixes == ["a.zip", "b.zip"])
        let keys = try keys("x")
        #expect(keys.count { $0.hasPrefix("a.zip/") } == 30 && keys.count { $0.hasPrefix("b.zip/") } == 30)
        #expect(keys.contains("0/1000.jpg"))
        for _ in 0..<3 {
            #expect(try prepare(inputs.shuffled(), to: "y").manifest.digest == summary.manifest.digest)
        }
        // Of two archives of one name, as much of the path as tells them apart.
        try FileManager.default.createDirectory(atPath: folder("2025"), withIntermediateDirectories: true)
        try FileManager.default.moveItem(atPath: inputs[1], toPath: folder("2025/a.zip"))
        let parent = (folder.path as NSString).lastPathComponent
        #expect(
            try prepare([inputs[0], folder("2025/a.zip")], to: "z").notes.prefixes
                == ["2025/a.zip", "\(parent)/a.zip"].sorted())
    }

    @Test("one input given twice is an error, by whatever path")
    func repeated() throws {
        let zip = Fixtures.path("digits.zip")
        try FileManager.default.createSymbolicLink(atPath: folder("link.zip"), withDestinationPath: zip)
        for other in [zip, folder("link.zip"), Fixtures.path("./digits.zip")] {
            #expect(throws: PipelineError.repeatedInput(other)) { try prepare([zip, other], to: "x") }
        }
        #expect(throws: IngestError.notFound(path: folder("missing"))) {
            try prepare([zip, folder("missing")], to: "x")
        }
        #expect(!FileManager.default.fileExists(atPath: folder("x")))
    }

    @Test("inputs that are named as splits are the splits")
    func splits() throws {
        let photos = try photos()
        for (number, file) in photos.enumerated() {
            try folder.write("tree/\(number % 5 == 0 ? "test" : "train")/\(file.key)", file.bytes)
        }
        let whole = try prepare([folder("tree")], to: "whole")
        let parts = [
            try pack("test.tar.gz", photos.indices.filter { $0 % 5 == 0 }.map { photos[$0] }),
            try pack("train.zip", photos.indices.filter { $0 % 5 != 0 }.map { photos[$0] }),
        ]
        let summary = try prepare(parts, to: "parts")
        guard case .folders(["test", "train"], dividesTrain: true) = summary.notes.origin else {
            Issue.record("\(summary.notes.origin)")
            return
        }
        #expect(summary.manifest.digest == whole.manifest.digest)
    }

    @Test("IDX sets become one, each image with its set's name and digest")
    func idx() throws {
        for name in ["a", "b"] {
            try FileManager.default.copyItem(atPath: Fixtures.path("mnist"), toPath: folder(name))
        }
        let single = try prepare([folder("a")], to: "single", pipeline: "mnist").manifest
        let summary = try prepare([folder("b"), folder("a")], to: "x", pipeline: "mnist") {
            $0.officialTest = true
        }
        #expect(summary.manifest.samples == 2 * single.samples)
        #expect(summary.manifest.duplicates.groups >= single.samples / 2)
        let rows = try PreparedDataset(folder("x")).provenance()
        #expect(rows.contains { $0.key == "a/train/00000" } && rows.contains { $0.key == "b/t10k/00000" })
        let known = Set(try PreparedDataset(folder("single")).provenance().map(\.source))
        #expect(Set(rows.map(\.source)) == known)
        try FileManager.default.removeItem(atPath: folder("b/t10k-images-idx3-ubyte.gz"))
        try FileManager.default.removeItem(atPath: folder("b/t10k-labels-idx1-ubyte.gz"))
        #expect(throws: PipelineError.noOfficialTest(input: folder("b"))) {
            try prepare([folder("a"), folder("b")], to: "y", pipeline: "mnist") { $0.officialTest = true }
        }
    }

    @Test("an input that cannot be read is an error, and one without images is named")
    func broken() throws {
        let zip = Fixtures.path("digits.zip")
        try folder.write("broken.zip", Array(try Fixtures.bytes("digits.zip").dropLast(100)))
        #expect(throws: IngestError.self) { try prepare([zip, folder("broken.zip")], to: "x") }
        #expect(!FileManager.default.fileExists(atPath: folder("x")))
        let empty = try pack("empty.zip", [("notes.txt", Array("none".utf8))])
        #expect(try prepare([empty, zip], to: "x").notes.emptyInputs == [empty])
    }
}
