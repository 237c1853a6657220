// Labels beside images: a table instead of folders, with splits and groups, and what is missing on either side.

import Dataset
import Foundation
import Ingest
import Shards
import TestSupport
import Testing

@testable import Pipeline

@Suite("Labels beside images")
struct LabelTests {
    private let folder: TemporaryFolder

    init() throws {
        folder = try TemporaryFolder()
        for number in 0..<40 {
            let pixels = (0..<36).map { UInt8(truncatingIfNeeded: Digest(of: "\(number) \($0)").words.0) }
            try folder.write("in/\(number).png", PixelFiles.png(width: 6, height: 6, pixels))
        }
    }

    private func write(_ lines: [String], to name: String = "labels.csv") throws {
        try folder.write(name, Array((lines.joined(separator: "\n") + "\n").utf8))
    }

    private func configuration(
        _ columns: LabelColumns = LabelColumns(), table: String = "labels.csv",
        change: (inout PipelineConfiguration) throws -> Void = { _ in }
    ) throws -> PipelineConfiguration {
        var configuration = try PipelineConfiguration.named("images")
        configuration.labels = LabelRule(path: folder(table), columns: columns)
        try change(&configuration)
        return configuration
    }

    private func prepare(_ configuration: PipelineConfiguration, to output: String) throws
        -> PreparationSummary
    {
        try Preparation(configuration: configuration, input: folder("in"), output: folder(output), workers: 2)
            .run()
    }

    private func sizes(_ manifest: Manifest) -> [Int] { Split.allCases.map { manifest[$0].samples } }

    private func rows(_ output: String) throws -> [ProvenanceRow] {
        try PreparedDataset(folder(output)).provenance()
    }

    @Test("images without a row and rows without an image are listed, and neither stops the preparation")
    func missing() throws {
        try write(["id,label"] + (10..<44).map { "\($0),\($0 % 2 == 0 ? "even" : "odd")" } + ["0,"])
        let summary = try prepare(configuration(), to: "x")
        #expect(summary.manifest.samples == 30 && summary.manifest.rejected == 14)
        #expect(summary.manifest.classes.names == ["even", "odd"])
        #expect(summary.notes.unlabelled == 10)
        #expect(summary.notes.imageless.count == 4 && summary.notes.imageless.first == ["40", "41", "42"])
        let rejections = try PreparedDataset(folder("x")).rejections()
        #expect(rejections.contains(Rejection(key: "5.png", reason: "has no row in labels.csv")))
        #expect(rejections.contains(Rejection(key: "0.png", reason: "has no label in labels.csv, line 36")))
        #expect(
            rejections.contains(
                Rejection(key: "41", reason: "in line 33 of labels.csv, but not in the input")))
    }

    @Test("a column of splits gives the splits, as folders do")
    func splits() throws {
        let names = ["train", "Training", "val", "TEST"]
        try write(["file,class,split"] + (0..<40).map { "\($0).png,\($0 % 2),\(names[$0 / 10])" })
        let summary = try prepare(configuration(), to: "x")
        #expect(sizes(summary.manifest) == [20, 10, 10])
        #expect(summary.notes.origin == .table("labels.csv", dividesTrain: false))
        for row in try rows("x") {
            let number = Int(row.key.text.dropLast(4)) ?? 0
            #expect(row.split == (number < 20 ? .train : number < 30 ? .validation : .test))
        }
        let divided = try prepare(configuration { $0.given = .ignore }, to: "y")
        #expect(sizes(divided.manifest) == [32, 4, 4])
        // Without validation, it is taken from train.
        try write(["file,class,split"] + (0..<40).map { "\($0).png,\($0 % 2),\($0 < 30 ? "train" : "test")" })
        #expect(sizes(try prepare(configuration(), to: "z").manifest) == [27, 3, 10])
        try write(["file,class,split", "0.png,1,tset"])
        let error = #expect(throws: PipelineError.self) { try prepare(configuration(), to: "e") }
        #expect(
            error?.description.contains("labels.csv:2: “tset” is no split\nWrite train, val or test") == true)
    }

    @Test(
        "rows whose split is empty are train, so that their copies do not leak and marked test rows stay test"
    )
    func openSplits() throws {
        try write(
            ["file,class,split"]
                + (0..<40).map { "\($0).png,\($0 % 2),\($0 < 10 ? "train" : $0 < 20 ? "val" : "")" })
        // Each image of train again, where the table leaves the split open.
        for number in 0..<10 {
            let bytes = try FileManager.default.contents(atPath: folder("in/\(number).png"))
            try folder.write("in/\(number + 20).png", Array(try #require(bytes)))
        }
        let summary = try prepare(configuration(), to: "x")
        #expect(sizes(summary.manifest) == [30, 10, 0] && summary.manifest.duplicates.crossing == 0)
        try write(["file,class,split"] + (0..<40).map { "\($0).png,\($0 % 2),\($0 < 8 ? "test" : "")" })
        let marked = try prepare(configuration(), to: "y")
        let test = try rows("y").filter { $0.split == .test }.map { Int($0.key.text.dropLast(4)) ?? 0 }
        #expect(Set(test) == Set(0..<8) && marked.notes.origin == .table("labels.csv", dividesTrain: true))
    }

    @Test(
        "a column that is only called split or group is ignored if it has no name, also when it is compared")
    func ignoredColumns() throws {
        try write(["file,class,split"] + (0..<40).map { "\($0).png,\($0 % 2),fold\($0 % 5)" })
        let error = #expect(throws: PipelineError.self) { try prepare(configuration(), to: "e") }
        #expect(error?.description.contains("--split-column ''") == true)
        let summary = try prepare(configuration(LabelColumns(split: "")), to: "x")
        #expect(sizes(summary.manifest) == [32, 4, 4])
        let check = try SourceVerification.check(
            PreparedDataset(folder("x")), against: [folder("in")], labels: folder("labels.csv"), workers: 2)
        #expect(check.problems == [])
    }

    @Test("the table may have another name when it is compared with the source")
    func renamedTable() throws {
        try write(["id,label"] + (0..<42).filter { $0 != 5 }.map { "\($0),\($0 % 2)" })
        _ = try prepare(configuration(), to: "x")
        try FileManager.default.copyItem(atPath: folder("labels.csv"), toPath: folder("other.csv"))
        func problems(_ labels: String?) throws -> [String] {
            try SourceVerification.check(
                PreparedDataset(folder("x")), against: [folder("in")], labels: labels, workers: 2
            ).problems
        }
        #expect(try problems(folder("other.csv")) == [])
        #expect(throws: PipelineError.self) { try problems(nil) }
    }

    @Test("a column of groups keeps them together, unless another rule is given")
    func groups() throws {
        try write(["file,class,writer"] + (0..<40).map { "\($0).png,\($0 % 2),w\($0 / 4)" })
        let summary = try prepare(configuration(LabelColumns(group: "writer")), to: "x")
        #expect(summary.notes.groups?.groups == 10)
        // An empty column that nobody has named is none.
        try write(["file,class,group"] + (0..<40).map { "\($0).png,\($0 % 2)," })
        #expect(try prepare(configuration(), to: "empty").notes.groups == nil)
        try write(["file,class,writer"] + (0..<40).map { "\($0).png,\($0 % 2),w\($0 / 4)" })
        let units = Dictionary(grouping: try rows("x")) { (Int($0.key.text.dropLast(4)) ?? 0) / 4 }
        for unit in units.values { #expect(Set(unit.map(\.split)).count == 1) }
        #expect(throws: PipelineError.self) {
            try prepare(configuration(LabelColumns(group: "writer")) { $0.groups = .folder }, to: "y")
        }
    }

    @Test(
        "keys may have folders and endings or not; an image or row that could be two is an error naming both")
    func ambiguous() throws {
        try write(["path,label"] + (0..<40).map { "/data/digits/\($0).png,\($0 % 2)" })
        let reference = try prepare(configuration(), to: "a").manifest.digest
        try write(["path,label"] + (0..<40).map { "\($0),\($0 % 2)" }, to: "plain.csv")
        #expect(try prepare(configuration(table: "plain.csv"), to: "b").manifest.digest == reference)
        try write(["path,label", "x/7.png,1", "y/7.png,0"])
        let rows = #expect(throws: PipelineError.self) { try prepare(configuration(), to: "c") }
        #expect(rows?.description.contains("7.png may be x/7.png (line 2) or y/7.png (line 3)") == true)
        try folder.write("in/more/7.png", PixelFiles.png(width: 1, height: 1, [9]))
        let images = #expect(throws: PipelineError.self) {
            try prepare(configuration(table: "plain.csv"), to: "d")
        }
        #expect(images?.description.contains("7 (line 9) may be 7.png or more/7.png") == true)
    }

    @Test("a table of other images is an error that shows both names")
    func otherTable() throws {
        try write(["path,label", "cat-1.png,cat"])
        let error = #expect(throws: PipelineError.self) { try prepare(configuration(), to: "x") }
        #expect(
            error?.description.contains(
                "none of the 1 rows of labels.csv names one of the 40 images: “cat-1.png”, “0.png”") == true)
    }

    @Test("inputs with equal keys get their rows by their names")
    func inputs() throws {
        for input in ["a", "b"] {
            for number in 0..<10 {
                let pixels = (0..<36).map {
                    UInt8(truncatingIfNeeded: Digest(of: "\(input)\(number) \($0)").words.0)
                }
                try folder.write("\(input)/\(number).png", PixelFiles.png(width: 6, height: 6, pixels))
            }
        }
        try write(
            ["path,label"] + ["a", "b"].flatMap { input in (0..<10).map { "\(input)/\($0).png,\(input)" } })
        var digests: Set<Digest> = []
        for (output, inputs) in [("x", ["a", "b"]), ("y", ["b", "a"])] {
            let manifest = try Preparation(
                configuration: configuration(), inputs: inputs.map { folder($0) }, output: folder(output)
            ).run().manifest
            digests.insert(manifest.digest)
            for row in try rows(output) { #expect(row.key.text.hasPrefix(row.label)) }
        }
        #expect(digests.count == 1)
    }

    @Test(
        "steps give the dataset of one command, from the copy in their folder, and another table is another work"
    )
    func steps() throws {
        try write(
            ["id,label,split,group"]
                + (0..<44).map { "\($0),\($0 % 3),\($0 < 30 ? "train" : "test"),g\($0 / 3)" })
        let whole = try prepare(configuration(), to: "whole")
        let inputs = [folder("in")]
        let work = try WorkFolder(folder("work"), configuration(), inputs: inputs, parts: 3)
        // Later steps do not need the user's own table.
        try write(["nothing"], to: "labels.csv")
        let again = try WorkFolder(folder("work"))
        let steps = try again.run(inputs, to: folder("steps"), workers: 2, memory: 1 << 28, overwrite: false)
        #expect(steps.digest == whole.manifest.digest && steps.json == whole.manifest.json && work.parts == 3)
        try write(["id,label"] + (0..<40).map { "\($0),\($0 % 2)" })
        #expect(throws: WorkError.self) {
            try WorkFolder(folder("work"), configuration(), inputs: inputs, parts: 3)
        }
        try write(["id,label", "1,2"], to: "work/labels/labels.csv")
        #expect(throws: WorkError.self) { try WorkFolder(folder("work")) }
    }

    @Test("a dataset is compared with its source and the table, and only with that table")
    func verification() throws {
        try write(["id,label"] + (0..<40).map { "\($0),\($0 % 2)" })
        _ = try prepare(configuration(), to: "x")
        let dataset = try PreparedDataset(folder("x"))
        func problems(_ table: String?) throws -> [String] {
            try SourceVerification.check(
                dataset, against: [folder("in")], labels: table.map { folder($0) }, workers: 2
            ).problems
        }
        #expect(try problems("labels.csv").isEmpty)
        #expect(throws: PipelineError.self) { try problems(nil) }
        try write(["id,label"] + (0..<40).map { "\($0),\($0 % 4)" }, to: "other.csv")
        let error = #expect(throws: PipelineError.self) { try problems("other.csv") }
        #expect(error?.description.contains("not the table that was meant") == true)
    }
}
