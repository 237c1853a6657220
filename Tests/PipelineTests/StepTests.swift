// Preparation in steps over files: the same dataset, whoever does the steps, how often, and whatever stops them.

import Dataset
import Foundation
import Shards
import Storage
import TestSupport
import Testing

@testable import Pipeline

@Suite("Preparation in steps")
struct StepTests: StepSuite {
    let folder: TemporaryFolder

    init() throws { folder = try TemporaryFolder() }

    @Test("the files are those of one command, with any number of parts", arguments: [1, 3, 8])
    func parts(count: Int) throws {
        let zip = Fixtures.path("digits.zip")
        let configuration = try configuration {
            $0.augmentation = try? .init(text: "rotate=10,shift=2,copies=1")
            $0.folds = 3
        }
        let whole = try single([zip], configuration, to: "whole")
        let manifest = try prepare([zip], parts: count, configuration, in: "work")
        #expect(manifest.digest == whole.digest)
        let areEqual = try files("whole") == files("work out")
        #expect(areEqual)
        #expect(Verification(of: try PreparedDataset(folder("work out")), workers: 2).problems.isEmpty)
    }

    @Test("folders, many inputs, IDX sets, and parts beyond the memory give what one command gives")
    func inputs() throws {
        let photos = Fixtures.path("digits.zip")
        try #require(
            Tool.run("python3", ["-m", "zipfile", "-e", photos, folder("tree")]).status == 0)
        try #require(Tool.run("tar", ["caf", folder("all.tar.gz"), "-C", folder("tree"), "."]).status == 0)
        let plain = try configuration()
        let whole = try single([photos], plain, to: "whole").digest
        #expect(try prepare([folder("tree")], parts: 5, plain, in: "a", memory: 0).digest == whole)
        #expect(try prepare([folder("all.tar.gz")], parts: 3, plain, in: "b").digest == whole)
        // Two inputs with the same keys, in fewer and in more parts.
        let both = [photos, folder("all.tar.gz")]
        let double = try single(both, plain, to: "double").digest
        #expect(try prepare(both, parts: 1, plain, in: "c").digest == double)
        #expect(try prepare(both, parts: 5, plain, in: "d").digest == double)
        let mnist = try configuration("mnist") { $0.officialTest = true }
        let idx = try single([Fixtures.path("mnist")], mnist, to: "idx").digest
        #expect(try prepare([Fixtures.path("mnist")], parts: 2, mnist, in: "e").digest == idx)
    }

    @Test("what planning found is told after steps as after one command")
    func notes() throws {
        let zip = Fixtures.path("digits.zip")
        let configuration = try configuration { ($0.groups, $0.drop) = (.folder, [.frame]) }
        let notes = try Preparation(
            configuration: configuration, inputs: [zip], output: folder("whole"), workers: 2
        ).run().notes
        _ = try prepare([zip], parts: 3, configuration, in: "work")
        #expect(try WorkFolder(folder("work")).notes() == notes)
        #expect(notes.groups?.groups == 10 && notes.undropped == [.frame])
    }

    @Test("every part and every input belongs to exactly one slice")
    func slices() {
        for inputs in 1...12 {
            for parts in 1...12 {
                let slices = (0..<parts).flatMap { PartInputs($0, of: parts, inputs: inputs).slices }
                for input in 0..<inputs {
                    let own = slices.filter { $0.input == input }
                    #expect(own.map(\.piece) == Array(0..<own.count), "\(inputs) in \(parts)")
                    #expect(own.allSatisfy { $0.count == own.count } && !own.isEmpty)
                }
            }
        }
    }

    @Test("steps done again change no file, and one that is damaged is done anew")
    func again() throws {
        let zip = Fixtures.path("digits.zip")
        let configuration = try configuration()
        let digest = try prepare([zip], parts: 3, configuration, in: "work").digest
        let before = try files("work")
        let work = try WorkFolder(folder("work"), configuration, inputs: [zip], parts: 3)
        #expect(try work.stage(part: 1, of: [zip], workers: 1, memory: 0) == nil)
        #expect(try work.finish(folder("work out"), overwrite: false).digest == digest)
        for (name, data) in before.sorted(by: { $0.key < $1.key }) where !data.isEmpty {
            var bytes = Array(data)
            bytes[bytes.count / 2] ^= 1
            try folder.write("work/\(name)", bytes)
            if name == WorkFolder.fileName {
                #expect(throws: (any Error).self) {
                    try WorkFolder(folder("work"), configuration, inputs: [zip], parts: 3)
                }
                try folder.write("work/\(name)", Array(data))
                continue
            }
            try FileManager.default.removeItem(atPath: folder("work out"))
            #expect(try prepare([zip], parts: 3, configuration, in: "work").digest == digest, "\(name)")
            let isRestored = try files("work")[name] == data
            #expect(isRestored, "\(name)")
        }
    }
}
