// End to end, on synthetic data.

import Dataset
import Foundation
import Imaging
import Shards
import Synthesis
import TestSupport
import Testing

@testable import Pipeline

@Suite("Preparation, end to end")
struct PreparationTests {
    private let folder: TemporaryFolder

    init() throws { folder = try TemporaryFolder() }

    private func prepare(
        _ input: String, to output: String, pipeline: String = "kaggle", workers: Int = 2,
        memory: Int = 1 << 28, overwrite: Bool = false,
        change: (inout PipelineConfiguration) throws -> Void = { _ in }
    ) throws -> Manifest {
        try prepareDataset(
            input, to: folder(output), pipeline: pipeline, workers: workers, memory: memory,
            overwrite: overwrite, change: change)
    }

    private func problems(_ output: String) throws -> [String] {
        Verification(of: try PreparedDataset(folder(output)), workers: 2).problems
    }

    @Test("another seed gives another split; compression does not change the digest")
    func seedAndCompression() throws {
        let zip = Fixtures.path("digits.zip")
        let reference = try prepare(zip, to: "a")
        let seeded = try prepare(zip, to: "b") { $0.seed = 1 }
        let plain = try prepare(zip, to: "c") { $0.compression = .init(codec: .none, level: 0) }
        #expect(seeded.digest != reference.digest)
        let rows = try ["a", "b"].map { try PreparedDataset(folder($0)).provenance().map(\.split) }
        #expect(rows[0] != rows[1])
        #expect(plain.digest == reference.digest)
        #expect(try problems("c").isEmpty)
        #expect(plain.shards.allSatisfy { $0.record.name.hasSuffix(".safetensors") })
    }

    @Test("a scratch file instead of memory changes nothing")
    func scratchFile() throws {
        let zip = Fixtures.path("digits.zip")
        let inMemory = try prepare(zip, to: "memory")
        let summary = try Preparation(
            configuration: try PipelineConfiguration.named("kaggle"), input: zip, output: folder("scratch"),
            workers: 3,
            memory: 1, overwrite: false
        ).run()
        #expect(summary.scratchBytes == 203 * 784)
        #expect(summary.manifest == inMemory)
        #expect(try contents(of: folder("scratch")) == contents(of: folder("memory")))
    }

    @Test("broken images are left out, counted and listed with their reason; duplicates stay together")
    func rejections() throws {
        let manifest = try prepare(Fixtures.path("digits.zip"), to: "x")
        #expect(manifest.samples == 203)
        #expect(manifest.rejected == 1)
        #expect(manifest.duplicates == .init(groups: 3, samples: 6))
        #expect(
            try PreparedDataset(folder("x")).rejections()
                == [Rejection(key: "0/Zero_full (21).jpg", reason: "truncated JPEG")])
    }

    @Test("more rejects than allowed stop the run, and leave nothing")
    func tooManyRejected() throws {
        let error = #expect(throws: PipelineError.self) {
            try prepare(Fixtures.path("digits.zip"), to: "x") { $0.maxRejected = 0 }
        }
        #expect(error?.description.contains("1 of 204 images are unusable (allowed: none)") == true)
        #expect(error?.description.contains("0/Zero_full (21).jpg: truncated JPEG") == true)
        #expect(!FileManager.default.fileExists(atPath: folder("x")))
    }

    @Test("entries that share a name with another, or climb out of the archive, count as unusable")
    func unusableEntries() throws {
        let image = try Fixtures.bytes("images/jpeg-rgb-420.jpg")
        let names = ["a/1.jpg", "a/1.jpg", "a/1.jpg", "b/1.jpg", "../c/1.jpg"]
        try folder.write("x.tar", Tar.archive(names.map { (Array($0.utf8), image) }))
        let error = #expect(throws: PipelineError.self) {
            try prepare(folder("x.tar"), to: "x", pipeline: "images") { $0.maxRejected = 0.5 }
        }
        #expect(error?.description.contains("3 of 5 images are unusable") == true)
        let manifest = try prepare(folder("x.tar"), to: "x", pipeline: "images") { $0.maxRejected = 0.6 }
        #expect(manifest.samples == 2 && manifest.rejected == 3)
        #expect(
            try PreparedDataset(folder("x")).rejections().map(\.key) == ["../c/1.jpg", "a/1.jpg", "a/1.jpg"])
    }

    @Test("of animations the first frame is taken and that is noted; what is not read is rejected by name")
    func formats() throws {
        let names = ["gif-animated.gif", "webp-lossy.webp", "tiff-pages.tif", "bmp-rgb.bmp"]
        var members = try names.enumerated().map { index, name in
            (Array("\(index % 2)/\(name)".utf8), try Fixtures.bytes("images/\(name)"))
        }
        members.append((Array("0/photo.heic".utf8), [0, 0, 0, 16] + Array("ftypheic\0\0\0\0".utf8)))
        members.append((Array("0/notes.pdf".utf8), Array("%PDF-1.7".utf8)))
        try folder.write("x.tar", Tar.archive(members))
        let manifest = try prepare(folder("x.tar"), to: "x", pipeline: "images") { $0.maxRejected = 0.5 }
        #expect(manifest.samples == 4 && manifest.rejected == 1)
        let dataset = try PreparedDataset(folder("x"))
        let noted = try dataset.provenance().filter { !$0.operations.isEmpty }
        #expect(noted.map(\.key.text).sorted() == ["0/gif-animated.gif", "0/tiff-pages.tif"])
        #expect(noted.allSatisfy { $0.operations == "first-frame" })
        #expect(
            try dataset.rejections() == [
                Rejection(
                    key: "0/photo.heic",
                    reason: "a HEIC, which prep cannot read; convert it first, for example with "
                        + "magick in.heic out.png")
            ])
    }

    @Test("an existing dataset is replaced only when asked, and stays when the new run fails")
    func overwrite() throws {
        let zip = Fixtures.path("digits.zip")
        let first = try prepare(zip, to: "x")
        #expect(throws: ShardError.folderExists(folder: folder("x"))) { try prepare(zip, to: "x") }
        #expect(throws: PipelineError.self) {
            try prepare(zip, to: "x", overwrite: true) { $0.maxRejected = 0 }
        }
        #expect(try PreparedDataset(folder("x")).manifest == first)
        #expect(try problems("x").isEmpty)
        let second = try prepare(zip, to: "x", overwrite: true) { $0.shardBytes = 20_000 }
        #expect(second.shards.count > first.shards.count)
        #expect(try problems("x").isEmpty)
    }

    @Test("files that are not ours are never touched")
    func foreignFiles() throws {
        try folder.write("home/thesis.txt", [1])
        for overwrite in [false, true] {
            #expect(throws: ShardError.notOurs(folder: folder("home"))) {
                try prepare(Fixtures.path("digits.zip"), to: "home", overwrite: overwrite)
            }
        }
        #expect(try contents(of: folder("home")).keys.sorted() == ["thesis.txt"])
    }

    @Test("augmented copies are of train images alone, differ from them, and repeat bit for bit")
    func augmentation() throws {
        let zip = Fixtures.path("digits.zip")
        func change(_ configuration: inout PipelineConfiguration) {
            configuration.augmentation = .init(Augmentation(.affine(rotation: 10, shift: 2)), copies: 2)
            configuration.shardBytes = 100_000
        }
        let manifest = try prepare(zip, to: "a", workers: 1, change: change)
        _ = try prepare(zip, to: "b", workers: 5, change: change)
        #expect(try contents(of: folder("a")) == contents(of: folder("b")))
        #expect(try problems("a").isEmpty)
        #expect(manifest[.train].samples == 163 && manifest[.train].copies == 326)
        #expect(manifest[.validation].copies == 0 && manifest[.test].copies == 0)
        var originals: [UInt32: [UInt8]] = [:]
        var copies: [(UInt32, [UInt8])] = []
        for shard in manifest.shards where shard.split == .train {
            let samples = try ShardReader(try PreparedDataset(folder("a")), .train, shard.number).samples()
            for row in samples.ids.indices {
                let image = Array(samples.image(row))
                if samples.copies?[row] == 0 {
                    originals[samples.ids[row]] = image
                } else {
                    copies.append((samples.ids[row], image))
                }
            }
        }
        #expect(copies.count == 326)
        for (id, image) in copies { #expect(originals[id] != image) }
        // The same original in another split of another seed gets the same identity, so the check of
        // the source covers copies too.
        let check = try SourceVerification.check(try PreparedDataset(folder("a")), against: [zip], workers: 2)
        #expect(check.problems.isEmpty)
    }

    @Test("verification against the source finds what has changed there")
    func sourceVerification() throws {
        try Tool.run("python3", ["-m", "zipfile", "-e", Fixtures.path("digits.zip"), folder("source")])
        _ = try prepare(folder("source"), to: "x")
        let dataset = try PreparedDataset(folder("x"))
        #expect(
            try SourceVerification.check(dataset, against: [folder("source")], workers: 2).problems.isEmpty)
        let (a, b) = (folder("source/3/Three_full (1).jpg"), folder("source/3/Three_full (2).jpg"))
        try FileManager.default.removeItem(atPath: a)
        try FileManager.default.moveItem(atPath: b, toPath: a)
        let problems = try SourceVerification.check(dataset, against: [folder("source")], workers: 2).problems
        #expect(problems.contains("3/Three_full (1).jpg: its bytes in the source differ (SHA-256)"))
        #expect(problems.contains("3/Three_full (2).jpg: in the dataset, not in the source"))
    }

    @Test("IDX files keep their pixels, and --official-test keeps t10k")
    func officialTest() throws {
        let manifest = try prepare(Fixtures.path("mnist"), to: "m", pipeline: "mnist") {
            $0.officialTest = true
        }
        #expect(manifest.samples == 1400)
        #expect(Split.allCases.map { manifest[$0].samples } == [1067, 133, 200])
        let rows = try PreparedDataset(folder("m")).provenance()
        for row in rows { #expect((row.split == .test) == row.key.text.hasPrefix("t10k/")) }
        #expect(try problems("m").isEmpty)
        #expect(
            try SourceVerification.check(
                PreparedDataset(folder("m")), against: [Fixtures.path("mnist")], workers: 2
            )
            .problems.isEmpty)
    }

    @Test("a train image identical to an official test image is left out, with the reason")
    func leakFromOfficialTest() throws {
        func header(_ dimensions: [Int]) -> [UInt8] {
            [0, 0, 8, UInt8(dimensions.count)]
                + dimensions.flatMap { value in withUnsafeBytes(of: UInt32(value).bigEndian, Array.init) }
        }
        let train = (0..<50).flatMap { n in (0..<4).map { UInt8(n + $0) } }
        let test: [UInt8] = [200, 1, 2, 3] + [7, 8, 9, 10]  // the second is train's number 7
        try folder.write("idx/train-images-idx3-ubyte", header([50, 2, 2]) + train)
        try folder.write("idx/train-labels-idx1-ubyte", header([50]) + (0..<50).map { UInt8($0 % 2) })
        try folder.write("idx/t10k-images-idx3-ubyte", header([2, 2, 2]) + test)
        try folder.write("idx/t10k-labels-idx1-ubyte", header([2]) + [0, 1])
        let manifest = try prepare(folder("idx"), to: "x", pipeline: "mnist") { $0.officialTest = true }
        #expect(manifest.samples == 51 && manifest.rejected == 1)
        #expect(
            try PreparedDataset(folder("x")).rejections()
                == [Rejection(key: "train/00007", reason: "identical to t10k/00001, which is in test")]
        )
        // Without the flag, the two form a group instead.
        let pooled = try prepare(folder("idx"), to: "y", pipeline: "mnist")
        #expect(pooled.samples == 52 && pooled.duplicates == .init(groups: 1, samples: 2))
    }

    @Test("images of different sizes need a resize stage, and the error says so")
    func differentSizes() throws {
        let jpeg = try Fixtures.bytes("images/jpeg-rgb-420.jpg")
        try folder.write("in/a/1.jpg", jpeg)
        try folder.write("in/b/2.png", try Fixtures.bytes("images/png-rgb-8-exif-6.png"))
        #expect(throws: Never.self) { try prepare(folder("in"), to: "ok") }
        let error = #expect(throws: PipelineError.self) {
            try prepare(folder("in"), to: "x") { $0.stages = [.grayscale] }
        }
        #expect(error?.description.contains("--size") == true)
    }

    @Test("an input without images, or with images in no folder, is an error that says so")
    func noImages() throws {
        try folder.write("in/readme.txt", [65])
        #expect(throws: PipelineError.noImages(input: folder("in"), skipped: "rejected: 0, other files: 1")) {
            try prepare(folder("in"), to: "x")
        }
        try folder.write("in/a.jpg", try Fixtures.bytes("images/jpeg-rgb-420.jpg"))
        let error = #expect(throws: PipelineError.self) { try prepare(folder("in"), to: "x") }
        #expect(error?.description.contains("lies in no folder") == true)
        // Links are named, as they may be what the user takes for images.
        try folder.write("links/a/readme.txt", [65])
        try FileManager.default.createSymbolicLink(
            atPath: folder("links/a/1.jpg"), withDestinationPath: folder("in/a.jpg"))
        let linked = #expect(throws: PipelineError.self) { try prepare(folder("links"), to: "x") }
        #expect(linked?.description.contains("other files: 1, links not followed: 1") == true)
    }

    @Test("letters and words are classes as digits are")
    func letters() throws {
        for name in ["b/1.jpg", "a/1.jpg", "ü/1.jpg"] {
            try folder.write("in/\(name)", try Fixtures.bytes("images/jpeg-rgb-420.jpg"))
        }
        let manifest = try prepare(folder("in"), to: "x", pipeline: "images")
        #expect(manifest.classes.names == ["a", "b", "ü"])
        #expect(manifest.duplicates == .init(groups: 1, samples: 3))
    }

    @Test("an interrupted run says so and leaves nothing")
    func interrupted() throws {
        let preparation = Preparation(
            configuration: try PipelineConfiguration.named("kaggle"), input: Fixtures.path("digits.zip"),
            output: folder("x"), workers: 2, memory: 1 << 20, overwrite: false)
        #expect(throws: PipelineError.interrupted) { try preparation.run(isCancelled: { true }) }
        #expect(!FileManager.default.fileExists(atPath: folder("x")))
    }
}
