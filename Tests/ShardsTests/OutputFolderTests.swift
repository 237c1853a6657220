// Where datasets are written: what was there before is replaced whole or stays, and what is not ours is not touched.

import Dataset
import Foundation
import Storage
import TestSupport
import Testing

@testable import Shards

@Suite("Output folders")
struct OutputFolderTests {
    private let folder: TemporaryFolder

    init() throws { folder = try TemporaryFolder() }

    private func dataset(seed: UInt64? = nil, at name: String = "x") throws -> Manifest {
        try HandmadeDataset.write(.none, to: folder(name), overwrite: seed != nil, seed: seed ?? 7)
    }

    private func names(_ name: String = "x") throws -> [String] {
        try FileManager.default.contentsOfDirectory(atPath: folder(name)).sorted()
    }

    @Test("a dataset is replaced, files that no preparation wrote stay, and nothing lies beside it")
    func replacing() throws {
        let old = try dataset()
        try folder.write("x/notes.txt", [1])
        try folder.write("x/run/model", [2])
        for (name, place) in [("latest", "run"), ("nowhere", "gone")] {
            try FileManager.default.createSymbolicLink(
                atPath: folder("x/\(name)"), withDestinationPath: place)
        }
        let new = try dataset(seed: 8)
        #expect(old != new)
        #expect(try PreparedDataset(folder("x")).manifest == new)
        #expect(try FileSystem.read(folder("x/notes.txt")) == [1])
        #expect(try FileSystem.read(folder("x/latest/model")) == [2])
        #expect(try FileManager.default.destinationOfSymbolicLink(atPath: folder("x/nowhere")) == "gone")
        #expect(try names(".") == ["x"])
        #expect(try names().filter { $0.hasPrefix(".") }.isEmpty)
    }

    @Test("another program's dataset.json, and folders called like our files, are not replaced")
    func others() throws {
        for file in ["dataset.json", "dataset.json/deep", "rejected.csv/deep"] {
            try folder.write("mine/\(file)", [1])
            if file == "rejected.csv/deep" {
                _ = try dataset(at: "x")
                try FileManager.default.copyItem(
                    atPath: folder("x/dataset.json"), toPath: folder("mine/dataset.json"))
            }
            #expect(throws: ShardError.notOurs(folder: FileSystem.resolved(folder("mine"))), "\(file)") {
                try dataset(seed: 8, at: "mine")
            }
            #expect(try FileSystem.read(folder("mine/\(file)")) == [1])
            try FileManager.default.removeItem(atPath: folder("mine"))
        }
    }

    @Test("a file that is in both folders after the exchange is one, wherever a process was killed")
    func killedAfterTheExchange() throws {
        _ = try dataset()
        try folder.write("x/notes.txt", [1])
        try folder.write(".x.replacing/.lock", [])
        try FileManager.default.linkItem(
            atPath: folder("x/notes.txt"), toPath: folder(".x.replacing/notes.txt"))
        _ = try dataset(seed: 8)
        #expect(try FileSystem.read(folder("x/notes.txt")) == [1])
        #expect(try names(".") == ["x"])
        // What a killed writer of a card left goes with the old dataset.
        try folder.write("x/.croissant.json.0000000000abc.prep.tmp", [1])
        _ = try dataset(seed: 9)
        #expect(try names().filter { $0.hasPrefix(".") }.isEmpty)
    }

    @Test("what is given up leaves the old dataset as it was, or no folder")
    func discarding() throws {
        let old = try dataset()
        let before = try contents(of: folder("x"))
        do {
            let output = try OutputFolder(folder("x"), overwrite: true)
            try output.partial.write([[1]], to: "train-00000-of-00001.safetensors")
            output.discard()
        }
        #expect(try contents(of: folder("x")) == before)
        #expect(try PreparedDataset(folder("x")).manifest == old)
        do { try OutputFolder(folder("y"), overwrite: false).discard() }
        #expect(try names(".") == ["x"])
    }

    @Test("a .partial that is a link is refused, and where it leads nothing is deleted")
    func linkedPartial() throws {
        try folder.write("outside/precious", [1])
        for overwrite in [false, true] {
            if overwrite {
                try FileManager.default.removeItem(atPath: folder("x"))
                _ = try dataset()
            } else {
                try FileManager.default.createDirectory(
                    atPath: folder("x"), withIntermediateDirectories: true)
            }
            try FileManager.default.createSymbolicLink(
                atPath: folder("x/.partial"), withDestinationPath: folder("outside"))
            #expect(throws: StorageError.self) { try OutputFolder(folder("x"), overwrite: overwrite) }
            #expect(try FileSystem.read(folder("outside/precious")) == [1])
        }
    }

    @Test("an output that is a link is written where it leads, and stays a link")
    func linkedOutput() throws {
        _ = try dataset(at: "real")
        try FileManager.default.createSymbolicLink(
            atPath: folder("x"), withDestinationPath: folder("real"))
        let new = try dataset(seed: 8)
        #expect(try PreparedDataset(folder("real")).manifest == new)
        #expect(try FileManager.default.destinationOfSymbolicLink(atPath: folder("x")) == folder("real"))
    }

    @Test("what a process that was killed left beside a dataset is cleared away, with the user's files saved")
    func leftBeside() throws {
        _ = try dataset()
        // As after the exchange: the old dataset, with a file of the user's, has not been removed yet.
        _ = try dataset(at: ".x.replacing")
        try folder.write(".x.replacing/notes.txt", [1])
        try folder.write(".x.replacing/.lock", [])
        try folder.write("x/.lock", [])
        let new = try dataset(seed: 9)
        #expect(try PreparedDataset(folder("x")).manifest == new)
        #expect(try FileSystem.read(folder("x/notes.txt")) == [1])
        #expect(try names(".") == ["x"])
        #expect(try !names().contains(".lock"))
    }

    @Test("a file in the place that the exchange needs is an error, and stays")
    func inTheWay() throws {
        let old = try dataset()
        try folder.write(".x.replacing", [5])
        #expect(throws: StorageError.self) { try dataset(seed: 8) }
        #expect(try PreparedDataset(folder("x")).manifest == old)
        #expect(try FileSystem.read(folder(".x.replacing")) == [5])
        #expect(try names().filter { $0.hasPrefix(".") }.isEmpty)
    }

    @Test("while one writes, another is told so; the first one's result stands")
    func busy() throws {
        for overwrite in [false, true] {
            let output = try OutputFolder(folder("y"), overwrite: false)
            #expect(throws: StorageError.busy(folder: folder("y"))) {
                try OutputFolder(folder("y"), overwrite: overwrite)
            }
            output.discard()
        }
    }

    @Test("permissions of the old folder are kept, and files whose names only resemble ours")
    func kept() throws {
        _ = try dataset()
        #expect(chmod(folder("x"), 0o700) == 0)
        for name in ["test-results-of-july.safetensors", "train-00001-of-2.safetensors"] {
            try folder.write("x/\(name)", [3])
        }
        try folder.write("x/notes/deep/a", [4])
        _ = try dataset(seed: 8)
        let attributes = try FileManager.default.attributesOfItem(atPath: folder("x"))
        #expect(attributes[.posixPermissions] as? Int == 0o700)
        #expect(try FileSystem.read(folder("x/test-results-of-july.safetensors")) == [3])
        #expect(try FileSystem.read(folder("x/train-00001-of-2.safetensors")) == [3])
        #expect(try FileSystem.read(folder("x/notes/deep/a")) == [4])
    }

    @Test("a folder of the user's in the place that the exchange needs is an error, and stays")
    func usersFolderInTheWay() throws {
        _ = try dataset()
        try folder.write(".x.replacing/rejected.csv", [5])
        #expect(throws: StorageError.self) { try dataset(seed: 8) }
        #expect(try FileSystem.read(folder(".x.replacing/rejected.csv")) == [5])
    }
}
