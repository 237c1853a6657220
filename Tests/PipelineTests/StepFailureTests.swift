// What stops the steps of a preparation: files of others, of another time, or damaged.

import Dataset
import Foundation
import Shards
import Storage
import TestSupport
import Testing

@testable import Pipeline

@Suite("Preparation in steps that cannot go on")
struct StepFailureTests: StepSuite {
    let folder: TemporaryFolder

    init() throws { folder = try TemporaryFolder() }

    @Test(
        "nothing is written or removed through a link in the work folder",
        arguments: ["staged", "plan", "partition", "shards"])
    func links(name: String) throws {
        // What looks like a file that a killed process left.
        try folder.write("mine/.draft.0123456789abc.prep.tmp", [1])
        _ = try WorkFolder(
            folder("work"), try configuration(), inputs: [Fixtures.path("digits.zip")], parts: 1)
        try FileManager.default.createSymbolicLink(
            atPath: folder("work/\(name)"), withDestinationPath: folder("mine"))
        #expect(throws: StorageError.self) {
            try prepare([Fixtures.path("digits.zip")], parts: 1, try configuration(), in: "work")
        }
        #expect(try FileSystem.names(in: folder("mine")) == [".draft.0123456789abc.prep.tmp"])
    }

    @Test("work begins where nobody's plan or table would be replaced, and leaves other files alone")
    func notEmpty() throws {
        let zip = Fixtures.path("digits.zip")
        for name in ["plan.json", "staged/1.png", "labels/labels.csv"] {
            try folder.write("mine/\(name)", Array("mine".utf8))
            try folder.write("labels.csv", Array("key,label\n1.jpg,1\n".utf8))
            let change: (inout PipelineConfiguration) -> Void = {
                guard name.hasPrefix("labels") else { return }
                $0.labels = LabelRule(path: self.folder("labels.csv"))
            }
            #expect(throws: WorkError.self, "\(name)") {
                try WorkFolder(folder("mine"), try configuration("images", change), inputs: [zip], parts: 1)
            }
            #expect(try FileSystem.read(folder("mine/\(name)")) == Array("mine".utf8))
            #expect(!FileSystem.exists(folder("mine/work.json")))
            try FileManager.default.removeItem(atPath: folder("mine"))
        }
        for name in ["log/1.txt", ".notes.2024.tmp"] { try folder.write("work/\(name)", Array("mine".utf8)) }
        _ = try prepare([zip], parts: 1, try configuration(), in: "work")
        for name in ["log/1.txt", ".notes.2024.tmp"] {
            #expect(try FileSystem.read(folder("work/\(name)")) == Array("mine".utf8))
        }
        // Nor in an input, by a path that is not there yet.
        try folder.write("input/a/1.png", [1])
        try FileManager.default.createSymbolicLink(
            atPath: folder("link"), withDestinationPath: folder("input"))
        #expect(throws: WorkError.self) {
            try WorkFolder(folder("link/new/work"), try configuration(), inputs: [folder("input")], parts: 1)
        }
        #expect(try FileSystem.names(in: folder("input")) == ["a"])
    }

    @Test("no step believes a damaged file of the step before it")
    func damaged() throws {
        let zip = Fixtures.path("digits.zip")
        let configuration = try configuration()
        let digest = try prepare([zip], parts: 3, configuration, in: "work").digest
        let work = try WorkFolder(folder("work"), configuration, inputs: [zip], parts: 3)
        let last = try work.plan(workers: 2, memory: 1 << 20) - 1
        let part = "part-00001-of-00003"
        let finish = { _ = try work.finish(folder("work out"), overwrite: true) }
        let steps: [(file: String, step: String, next: () throws -> Void)] = [
            ("staged/\(part).table.safetensors", "plan", { _ = try work.plan(workers: 1, memory: 0) }),
            ("staged/\(part).pixels.safetensors", "plan", { _ = try work.plan(workers: 1, memory: 0) }),
            ("staged/\(part).pixels.safetensors", "partition", { try work.partition(part: 1, memory: 0) }),
            ("plan/rows.safetensors", "partition", { try work.partition(part: 1, memory: 1 << 20) }),
            ("plan/rows.safetensors", "shards", { try work.write(shards: 0...1, workers: 1, memory: 0) }),
            (
                "partition/\(part).safetensors", "shards",
                { try work.write(shards: 0...last, workers: 2, memory: 1 << 20) }
            ),
            // What the last step makes is a dataset, so that nothing of it is removed here.
            ("shards/test-00000-of-00001.safetensors.zst", "none", finish),
            ("shards/test-00000-of-00001.safetensors.zst.json", "none", finish),
            ("plan/provenance.csv.zst", "none", finish), ("plan/dataset.json", "none", finish),
        ]
        // From the last step to the first, because what a step makes is removed.
        for (file, step, next) in steps.reversed() {
            let before = try Data(contentsOf: URL(fileURLWithPath: folder("work/\(file)")))
            for place in [0.3, 0.6, 0.99] {
                var bytes = Array(before)
                bytes[Int(place * Double(bytes.count))] ^= 4
                try folder.write("work/\(file)", bytes)
                try? FileManager.default.removeItem(atPath: folder("work/\(step)"))
                try? FileManager.default.removeItem(atPath: folder("work/\(step).json"))
                #expect("\(file) at \(place)") {
                    try next()
                } throws: { error in
                    if case .missing? = error as? WorkError { true } else { false }
                }
            }
            try folder.write("work/\(file)", Array(before))
        }
        try FileManager.default.removeItem(atPath: folder("work out"))
        #expect(try prepare([zip], parts: 3, configuration, in: "work").digest == digest)
    }

    @Test("a step before its time says which one is missing, and another preparation is refused")
    func order() throws {
        let zip = Fixtures.path("digits.zip")
        let configuration = try configuration()
        #expect(throws: WorkError.noWork(folder: folder("none"))) { try WorkFolder(folder("none")) }
        let work = try WorkFolder(folder("work"), configuration, inputs: [zip], parts: 2)
        _ = try work.stage(part: 0, of: [zip], workers: 1, memory: 1 << 20)
        func missing(_ step: String, _ body: () throws -> Void) {
            #expect { try body() } throws: { "\($0)".contains(step) && ($0 as? any Failure)?.kind == .io }
        }
        missing("prep stage --part 1/2") { _ = try work.plan(workers: 1, memory: 0) }
        _ = try work.stage(part: 1, of: [zip], workers: 1, memory: 1 << 20)
        missing("prep plan") { try work.partition(part: 0, memory: 0) }
        _ = try work.plan(workers: 1, memory: 0)
        try work.partition(part: 0, memory: 0)
        missing("prep partition --part 1/2") { try work.write(shards: 0...0, workers: 1, memory: 0) }
        try work.partition(part: 1, memory: 0)
        try work.write(shards: 0...0, workers: 1, memory: 0)
        missing("prep write --shards 1") { _ = try work.finish(folder("out"), overwrite: false) }
        #expect(throws: WorkError.self) { try work.write(shards: 0...99, workers: 1, memory: 0) }
        #expect(throws: WorkError.self) { try work.stage(part: 2, of: [zip], workers: 1, memory: 0) }
        var other = configuration
        other.seed = 1
        for (changed, inputs, parts, differs) in [
            (other, [zip], 2, "options"), (configuration, [zip], 3, "parts"),
            (configuration, [Fixtures.path("mnist")], 2, "inputs"),
        ] {
            #expect(throws: WorkError.otherWork(folder: folder("work"), differs: differs)) {
                try WorkFolder(folder("work"), changed, inputs: inputs, parts: parts)
            }
        }
        // The dataset that could not be finished has left nothing.
        #expect(!FileManager.default.fileExists(atPath: folder("out")))
    }

    @Test("another input of the same name is not taken for the one that was staged")
    func otherInput() throws {
        let configuration = try configuration()
        let pack =
            "import sys,zipfile as z; a=z.ZipFile(sys.argv[1]); b=z.ZipFile(sys.argv[2],'w'); [b.writestr(n,a.read(n)) for n in a.namelist()[::3] if not n.endswith('/')]; b.close()"
        try #require(
            Tool.run("python3", ["-c", pack, Fixtures.path("digits.zip"), folder("other.zip")]).status == 0)
        func prepare(_ bytes: [UInt8], _ name: String) throws -> Digest {
            try folder.write("in.zip", bytes)
            let work = try WorkFolder.opened(folder("work"), configuration, inputs: [folder("in.zip")])
            return try work.run(
                [folder("in.zip")], to: folder(name), workers: 2, memory: 1 << 20, overwrite: false
            ).digest
        }
        _ = try prepare(try Fixtures.bytes("digits.zip"), "a")
        let other = try FileSystem.read(folder("other.zip"))
        #expect(
            try prepare(other, "b") == single([folder("other.zip")], configuration, to: "c").digest)
        // A dataset that lacks a file is not taken for a finished one.
        try FileManager.default.removeItem(atPath: folder("b/provenance.csv.zst"))
        #expect(throws: (any Error).self) { try prepare(other, "b") }
    }

    @Test("a table of groups is kept with the work: later steps need no other, and another is refused")
    func groups() throws {
        let zip = Fixtures.path("digits.zip")
        let rows = try single([zip], try configuration(), to: "plain").samples
        let keys = try PreparedDataset(folder("plain")).provenance().prefix(20).map(\.key.text)
        #expect(rows > 20)
        func write(_ groups: Int) throws {
            let lines = keys.enumerated().map { "\($1),\($0 % groups)\n" }.joined()
            try folder.write("groups.csv", Array("key,group\n\(lines)".utf8))
        }
        try write(3)
        let configuration = try configuration { $0.groups = .table(path: folder("groups.csv")) }
        let whole = try single([zip], configuration, to: "whole")
        let work = try WorkFolder(folder("work"), configuration, inputs: [zip], parts: 2)
        for part in 0..<2 { _ = try work.stage(part: part, of: [zip], workers: 1, memory: 0) }
        try write(5)
        #expect(throws: WorkError.otherWork(folder: folder("work"), differs: "groups")) {
            try WorkFolder(folder("work"), configuration, inputs: [zip], parts: 2)
        }
        try FileManager.default.removeItem(atPath: folder("groups.csv"))
        let later = try WorkFolder(folder("work"))
        let shards = try later.plan(workers: 1, memory: 0)
        for part in 0..<2 { try later.partition(part: part, memory: 0) }
        try later.write(shards: 0...shards - 1, workers: 1, memory: 0)
        #expect(try later.finish(folder("work out"), overwrite: false).json == whole.json)
    }

    @Test("pixels of another plan are not taken for those of this one")
    func foreignPartition() throws {
        let zip = Fixtures.path("digits.zip")
        let digest = try prepare([zip], parts: 1, try configuration(), in: "a").digest
        _ = try prepare([zip], parts: 1, try configuration { $0.seed = 1 }, in: "b")
        let name = "partition/part-00000-of-00001.safetensors"
        try folder.write("a/\(name)", try FileSystem.read(folder("b/\(name)")))
        try FileManager.default.removeItem(atPath: folder("a/shards"))
        let work = try WorkFolder(folder("a"))
        #expect(throws: WorkError.self) { try work.write(shards: 0...0, workers: 1, memory: 0) }
        try FileManager.default.removeItem(atPath: folder("a out"))
        #expect(try prepare([zip], parts: 1, try configuration(), in: "a").digest == digest)
    }

    @Test("parts of one archive or folder must have seen the same entries", arguments: [true, false])
    func mixedParts(isZip: Bool) throws {
        let zip = Fixtures.path("digits.zip")
        let input = folder(isZip ? "in.zip" : "tree")
        try #require(Tool.run("python3", ["-m", "zipfile", "-e", zip, folder("tree")]).status == 0)
        if isZip { try folder.write("in.zip", try Fixtures.bytes("digits.zip")) }
        let work = try WorkFolder(folder("work"), try configuration(), inputs: [input], parts: 2)
        _ = try work.stage(part: 0, of: [input], workers: 1, memory: 0)
        let photo = try #require(
            FileManager.default.enumerator(atPath: folder("tree"))?.lazy.compactMap { $0 as? String }.first {
                $0.hasSuffix(".jpg")
            })
        try FileManager.default.removeItem(atPath: folder("tree/\(photo)"))
        if isZip {
            let pack = "import os,sys,shutil; shutil.make_archive(sys.argv[1][:-4], 'zip', sys.argv[2])"
            try #require(Tool.run("python3", ["-c", pack, input, folder("tree")]).status == 0)
        }
        _ = try work.stage(part: 1, of: [input], workers: 1, memory: 0)
        #expect(
            throws: WorkError.changedInput(
                folder: folder("work"), input: isZip ? "in.zip" : "tree", parts: [0, 1])
        ) { try work.plan(workers: 1, memory: 0) }
    }

    @Test("a part that is staged from other files makes the plan anew")
    func changedInput() throws {
        let zip = Fixtures.path("digits.zip")
        let configuration = try configuration()
        try folder.write("in.zip", try Fixtures.bytes("digits.zip"))
        let work = try WorkFolder(folder("work"), configuration, inputs: [folder("in.zip")], parts: 1)
        _ = try work.stage(part: 0, of: [folder("in.zip")], workers: 2, memory: 1 << 20)
        let shards = try work.plan(workers: 2, memory: 1 << 20)
        try work.partition(part: 0, memory: 1 << 20)
        // Another archive under the same name, and its part staged again.
        try #require(Tool.run("python3", ["-m", "zipfile", "-e", zip, folder("tree")]).status == 0)
        let script =
            "import os,sys,glob; [os.remove(f) for f in sorted(glob.glob(sys.argv[1] + '/**/*.jpg', recursive=True))[:40]]"
        try #require(Tool.run("python3", ["-c", script, folder("tree")]).status == 0)
        let pack =
            "import os,sys,subprocess; os.chdir(sys.argv[1]); os.remove(sys.argv[2]); subprocess.run(['python3','-m','zipfile','-c',sys.argv[2],'.'],check=True)"
        try #require(Tool.run("python3", ["-c", pack, folder("tree"), folder("in.zip")]).status == 0)
        try FileManager.default.removeItem(atPath: folder("work/staged"))
        _ = try work.stage(part: 0, of: [folder("in.zip")], workers: 2, memory: 1 << 20)
        // What follows from the old plan is of no use, and not taken for the dataset.
        #expect(throws: WorkError.self) { try work.partition(part: 0, memory: 1 << 20) }
        try work.write(shards: 0...shards - 1, workers: 1, memory: 1 << 20)
        #expect(throws: WorkError.self) { try work.finish(folder("out"), overwrite: false) }
        let digest = try prepare([folder("in.zip")], parts: 1, configuration, in: "work").digest
        #expect(try single([folder("in.zip")], configuration, to: "x").digest == digest)
    }
}
