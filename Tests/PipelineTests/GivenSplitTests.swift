// Splits that the source gives by folders named train, val and test.

import Dataset
import Foundation
import Ingest
import Shards
import TestSupport
import Testing

@testable import Pipeline

@Suite("Given splits")
struct GivenSplitTests {
    private let folder: TemporaryFolder

    init() throws { folder = try TemporaryFolder() }

    /// 200 different photos of digits, as files of a folder: train/, val/ and test/ with a folder for each of five classes.
    private func photos() throws -> [[UInt8]] {
        let source = try openImages(at: Fixtures.path("digits.zip"), entryLimit: 1 << 20)
        var batch = EntryBatch()
        var files: [[UInt8]] = []
        repeat {
            try source.fill(&batch)
            files += batch.entries.map { entry in batch.withBytes(of: entry) { Array($0) } }
        } while !batch.entries.isEmpty
        var seen = Set<[UInt8]>()
        return Array(files.filter { seen.insert($0).inserted }.prefix(200))
    }

    /// Writes 150 images of train, 20 of validation and 30 of test, five of which are in train as well.
    private func writeSplits(_ names: [String] = ["train", "val", "test"]) throws {
        for (number, bytes) in try photos().enumerated() {
            let split = names[number < 150 ? 0 : number < 170 ? 1 : 2]
            try folder.write("in/\(split)/\(number % 5)/\(number).jpg", bytes)
            if number >= 195 { try folder.write("in/\(names[0])/\(number % 5)/leak \(number).jpg", bytes) }
        }
    }

    private func sizes(_ manifest: Manifest) -> [Int] { Split.allCases.map { manifest[$0].samples } }

    private func keys(_ output: String, _ split: Split) throws -> [String] {
        try PreparedDataset(folder(output)).provenance().filter { $0.split == split }.map(\.key.text)
    }

    private func summary(
        _ output: String, change: (inout PipelineConfiguration) -> Void = { _ in }
    ) throws -> PreparationSummary {
        var configuration = try PipelineConfiguration.named("kaggle")
        // Photos that differ, whatever their distance.
        configuration.near = 0
        change(&configuration)
        return try Preparation(configuration: configuration, input: folder("in"), output: folder(output))
            .run()
    }

    @Test("of images in train and in a given split, --drop duplicate takes the one in train")
    func droppedDuplicates() throws {
        try writeSplits(["train", "val", "validation"])
        let manifest = try summary("x") { $0.drop = [.duplicate] }.manifest
        #expect(sizes(manifest) == [150, 50, 0])
        #expect(manifest.findings.first { $0.name == "duplicate" }?.dropped == 5)
    }

    @Test(
        "folders named as splits are the splits, and what leaks from train is left out",
        arguments: [["train", "val", "test"], ["Training", "VALID", "eval"], ["TRAIN", "dev", "testing"]])
    func kept(_ names: [String]) throws {
        try writeSplits(names)
        let summary = try summary("a")
        #expect(sizes(summary.manifest) == [150, 20, 30])
        #expect(summary.manifest.classes.names == ["0", "1", "2", "3", "4"])
        #expect(summary.notes.leaks == 5)
        for (split, name) in zip(Split.allCases, names) {
            #expect(try keys("a", split).allSatisfy { $0.hasPrefix("\(name)/") })
        }
        let rejections = try PreparedDataset(folder("a")).rejections()
        #expect(
            rejections.map(\.key.text).sorted()
                == (195..<200).map { "\(names[0])/\($0 % 5)/leak \($0).jpg" }.sorted())
        #expect(
            rejections.first { $0.key.text.contains("195") }?.reason
                == "identical to \(names[2])/0/195.jpg, which is in test")
        #expect(summary.manifest.findings.first { $0.name == "leak" }?.dropped == 5)
        let dataset = try PreparedDataset(folder("a"))
        #expect(Verification(of: dataset, workers: 2).problems.isEmpty)
        #expect(try SourceVerification.check(dataset, against: [folder("in")], workers: 2).problems.isEmpty)
        guard case .folders(let found, dividesTrain: false) = summary.notes.origin else {
            Issue.record("\(summary.notes.origin)")
            return
        }
        #expect(found.sorted() == names.sorted())
    }

    @Test("leaks can be kept, which the manifest says, or be an error")
    func leakRules() throws {
        try writeSplits()
        let kept = try summary("a") { $0.leaks = .keep }.manifest
        #expect(sizes(kept) == [155, 20, 30])
        #expect(kept.duplicates == .init(groups: 5, samples: 10, crossing: 5))
        let finding = try #require(kept.findings.first { $0.name == "leak" })
        #expect(kept.partedUnits == 5 && kept.units == 5)
        // Identical images are in one fold, whatever their split.
        _ = try summary("folded") {
            $0.leaks = .keep
            $0.folds = 4
        }
        let folded = try PreparedDataset(folder("folded"))
        let all = try FoldAssignment(of: folded.provenance(), classes: folded.classes, count: 4).folds
        let sets = Dictionary(
            grouping: try folded.provenance().enumerated().filter { $1.unit != nil }, by: \.element.unit)
        for set in sets.values {
            #expect(Set(set.compactMap(\.element.fold)).count <= 1)
            #expect(Set(set.map { all[$0.offset] }).count == 1)
        }
        #expect(Verification(of: folded, workers: 2).problems.isEmpty)
        #expect(finding.samples == 5 && finding.dropped == 0 && finding.groups?.count == 5)
        #expect(Verification(of: try PreparedDataset(folder("a")), workers: 2).problems.isEmpty)
        #expect(
            throws: PipelineError.leaks(
                count: 5,
                first: "train/0/leak 195.jpg is identical to test/0/195.jpg, which is in test")
        ) { try summary("b") { $0.leaks = .error } }
    }

    @Test("ratios that were asked for divide everything anew")
    func ignored() throws {
        try writeSplits()
        let summary = try summary("a") { $0.given = .ignore }
        #expect(sizes(summary.manifest) == [164, 21, 20] || sizes(summary.manifest) == [164, 20, 21])
        #expect(summary.notes.origin == .divided(t10k: false) && summary.notes.leaks == 0)
    }

    @Test("validation is taken from train where there is none, and nothing for a missing test split")
    func missingSplits() throws {
        try writeSplits(["train", "train", "test"])
        let summary = try summary("a")
        #expect(summary.notes.origin == .folders(["test", "train"], dividesTrain: true))
        #expect(sizes(summary.manifest) == [151, 19, 30])
        #expect(try keys("a", .test).allSatisfy { $0.hasPrefix("test/") })
        try FileManager.default.removeItem(atPath: folder("in"))
        try writeSplits(["train", "val", "val"])
        #expect(sizes(try self.summary("b").manifest) == [150, 50, 0])
    }

    @Test(
        "identical images in validation and test leak from validation, and train keeps what leaks into no other"
    )
    func leakOrder() throws {
        let photos = try photos()
        for number in 0..<40 { try folder.write("in/train/\(number % 2)/\(number).jpg", photos[number]) }
        for (name, number) in [
            ("val", 50), ("val", 51), ("test", 51), ("test", 52), ("train", 51), ("train", 50),
        ] {
            try folder.write("in/\(name)/\(number % 2)/\(number).jpg", photos[number])
        }
        #expect(sizes(try summary("a").manifest) == [40, 1, 2])
        let reasons = try PreparedDataset(folder("a")).rejections().map { "\($0.key) \($0.reason)" }
        #expect(
            reasons == [
                "train/0/50.jpg identical to val/0/50.jpg, which is in validation",
                "train/1/51.jpg identical to test/1/51.jpg, which is in test",
                "val/1/51.jpg identical to test/1/51.jpg, which is in test",
            ])
    }

    @Test("images that lie directly in a split's folder have no label")
    func unlabelled() throws {
        for (number, bytes) in try photos().enumerated() {
            let isTest = number >= 150
            try folder.write("in/wrap/\(isTest ? "test/" : "train/\(number % 5)/")\(number).jpg", bytes)
        }
        let summary = try summary("a")
        #expect(summary.manifest.classes.names == ["0", "1", "2", "3", "4"])
        #expect(summary.notes.unlabelled == 50 && summary.manifest.rejected == 50)
        // No split is given, so ratios decide.
        #expect(sizes(summary.manifest) == [120, 15, 15])
        #expect(
            try PreparedDataset(folder("a")).rejections()[0].reason
                == "has no label: it lies in test/, not in a class folder")
        // Divided anew, that folder is no class beside train/0 either.
        let divided = try self.summary("b") { $0.given = .ignore }
        #expect(
            divided.manifest.classes.names == ["0", "1", "2", "3", "4"] && divided.notes.unlabelled == 50)
    }

    private func described(_ keys: [String]) -> String {
        var tops = TopFolders()
        for key in keys { tops.add(Key(utf8: key)) }
        let found = SplitFolders(tops)
        let splits = keys.map { found.split(of: Key(utf8: $0))?.rawValue.first.map(String.init) ?? "-" }
        return splits.joined() + " " + found.unlabelled.map { "\($0.name)" }.joined(separator: ",")
    }

    @Test(
        "which folders are splits, classes, or hold images without a label",
        arguments: [
            (["train/a/1", "val/a/2", "test/a/3"], "tvt "),
            (["train/a/1", "test/a/2"], "-t "),
            (["train/a/1", "val/a/2"], "tv "),
            (["train/a/1", "train/b/2", "test/3"], "--- test"),
            (["train/a/1", "val/b/2", "test/3"], "tvt test"),
            (["train/a/1", "val/b/2", "more/b/3"], "tvt "),
            (["a/1", "b/2", "test/3"], "--- test"),
            (["a/1", "b/2", "train/3"], "--- "),
            (["control/1", "test/2"], "-- "),
            (["train/1", "test/2"], "-- test,train"),
            (["a/train/1", "a/test/2", "b/train/1"], "--- "),
        ])
    func recognition(_ keys: [String], _ expected: String) {
        #expect(described(keys) == expected)
    }

    @Test("a group that the given splits part is an error")
    func groups() throws {
        try writeSplits()
        #expect {
            try summary("a") { $0.groups = .pattern("/([0-9])/") }
        } throws: { "\($0)".contains("in different splits") }
        _ = try summary("b") { $0.groups = .folder }
    }
}
