// The built program, as a user runs it.

import Foundation
import TestSupport
import Testing

@Suite("The command line")
struct CommandTests {
    private let folder: TemporaryFolder

    init() throws { folder = try TemporaryFolder() }

    private func prep(_ arguments: String...) throws -> ToolResult {
        try Tool.run(Tool.prep, arguments, in: folder.path)
    }

    @Test("runs from any folder with the pipelines that it carries, and says what it did")
    func kaggle() throws {
        let result = try prep("kaggle", Fixtures.path("digits.zip"))
        #expect(result.status == 0)
        #expect(result.errors.isEmpty)  // no progress where stderr is no terminal
        #expect(result.output.hasPrefix("shards/kaggle: 203 images in "))
        #expect(result.output.contains("163 train, 20 validation, 20 test"))
        #expect(result.output.contains("3 groups of duplicates kept together"))
        #expect(result.output.contains("1 rejected (see shards/kaggle/rejected.csv)"))
        #expect(try prep("verify", "shards/kaggle", "--source", Fixtures.path("digits.zip")).status == 0)
    }

    @Test("inspect --json has the promised keys, and prepare --json prints the same")
    func json() throws {
        let prepared = try prep("kaggle", Fixtures.path("digits.zip"), "--json")
        let inspected = try prep("inspect", "shards/kaggle", "--json")
        #expect(prepared.output == inspected.output)
        let json = try #require(
            try JSONSerialization.jsonObject(with: Data(inspected.output.utf8)) as? [String: Any])
        for key in [
            "format", "name", "digest", "seed", "classes", "image", "samples", "rejected", "duplicates",
            "splits", "mean", "std", "findings",
        ] {
            #expect(json[key] != nil, "\(key)")
        }
        let splits = try #require(json["splits"] as? [String: [String: Any]])
        #expect(splits.keys.sorted() == ["test", "train", "validation"])
        #expect(splits["train"]?["samples"] as? Int == 163)
        let shard = try #require((splits["train"]?["shards"] as? [[String: Any]])?.first)
        for key in ["name", "samples", "bytes", "sha256"] { #expect(shard[key] != nil, "\(key)") }
        #expect((json["image"] as? [String: Int]) == ["width": 28, "height": 28])
        #expect((json["duplicates"] as? [String: Int]) == ["groups": 3, "samples": 6])
    }

    @Test("inspect shows splits, classes with bars, statistics, duplicates and rejects")
    func inspect() throws {
        _ = try prep("kaggle", Fixtures.path("digits.zip"))
        let text = try prep("inspect", "shards/kaggle").output
        for part in [
            "203 of 28x28", "3 groups, 6 images, none across splits", "truncated JPEG", "validation", "████",
            "deviation",
        ] {
            #expect(text.contains(part), "\(part)")
        }
    }

    @Test("flags are laid over the pipeline and end in the manifest")
    func flags() throws {
        let result = try prep(
            "kaggle", Fixtures.path("digits.zip"), "--name", "mine", "--seed", "9", "--split", "60/20/20",
            "--size", "20x24", "--fit",
            "contain", "--filter", "lanczos", "--polarity", "auto", "--compression", "none", "--shard-size",
            "20KB", "--augment",
            "rotate=5,copies=2", "-j", "3", "--quiet")
        #expect(result.status == 0 && result.output.isEmpty && result.errors.isEmpty)
        let text = try prep("inspect", "shards/mine", "--json").output
        for part in [
            "\"seed\": 9", "60/20/20", "\"fit\": \"contain\"", "\"filter\": \"lanczos\"",
            "\"size\": \"20x24\"", "\"polarity\": \"auto\"",
            "\"rotate\": 5", "\"copies\": 2", "\"codec\": \"none\"", ".safetensors\"",
        ] { #expect(text.contains(part), "\(part)") }
        #expect(try prep("verify", "shards/mine", "--source", Fixtures.path("digits.zip")).status == 0)
    }

    @Test("run takes a pipeline file")
    func run() throws {
        let pipeline = "\(Fixtures.root)/pipelines/example.yaml"
        #expect(try prep("run", pipeline, "--input", Fixtures.path("digits.zip")).status == 0)
        #expect(try prep("verify", "shards/example").status == 0)
    }

    @Test("what is worth a look is in the summaries, and --drop leaves it out")
    func findings() throws {
        let zip = Fixtures.path("digits.zip")
        let plain = try prep("kaggle", zip).output
        #expect(plain.contains("worth a look: ") && plain.contains("duplicate 6"))
        let text = try prep("inspect", "shards/kaggle").output
        #expect(
            text.contains("duplicate") && text.contains("the prepared pixels are those of another sample"))
        let dropped = try prep("kaggle", zip, "--name", "single", "--drop", "duplicate").output
        #expect(dropped.contains("200 images in ") && dropped.contains("3 of them left out by --drop"))
        #expect(try prep("verify", "shards/single", "--source", zip).status == 0)
    }

    @Test("run takes the name of a pipeline that the program carries")
    func builtin() throws {
        #expect(try prep("run", "kaggle-as-mnist", "--input", Fixtures.path("digits.zip")).status == 0)
        #expect(try prep("inspect", "shards/kaggle-as-mnist", "--json").output.contains("\"fit\": \"mnist\""))
    }

    /// Arguments, exit status, and what the message must contain.
    static let failures: [([String], Int32, [String])] = [
        (["kaggle", "none.zip"], 65, ["none.zip", "no such file"]),
        (["kaggle", "page.zip"], 65, ["page.zip: is a web page, not an archive", "Download it again"]),
        (["mnist", "."], 65, ["train-images-idx3-ubyte"]),
        (["mnist", "page.zip"], 65, ["is a web page, not a folder of IDX files"]),
        (["inspect", "."], 65, ["dataset.json"]),
        (["verify", "nowhere"], 65, ["nowhere: no such file or folder", "shards/mnist"]),
        (["run", "none.yaml", "--input", "x"], 64, ["none.yaml"]),
        (["kaggle"], 64, ["input"]),
        (["kaggle", "x.zip", "--split", "80/20"], 64, ["--split", "80/10/10"]),
        (["kaggle", "x.zip", "--shard-size", "1073741825"], 64, ["--shard-size", "up to 1GB"]),
        (["kaggle", "x.zip", "--shard-size", "1GB"], 65, ["x.zip", "no such file"]),
        (["kaggle", "x.zip", "--size", "0"], 64, ["--size", "28x28"]),
        (["kaggle", "x.zip", "--drop", "imbalance"], 64, ["--drop", "blank, faint"]),
        (["kaggle", "x.zip", "--filter", "cubic"], 64, ["cubic"]),
        (["kaggle", "x.zip", "-j", "0"], 64, ["--jobs"]),
        (["kaggle", "x.zip", "--augment", "flip=1"], 64, ["--augment", "horizontal, vertical"]),
        (["mnist", "x", "--fit", "contain"], 64, ["--size"]),
        (["frobnicate"], 64, ["frobnicate"]),
        (["synthesize", "page.zip"], 64, ["exists already"]),
        (["synthesize", "x.docx"], 64, [".zip"]),
        (["synthesize", "x.zip", "--count", "100000001"], 64, ["--count", "100000000"]),
        (["synthesize", "x.zip", "--duplicates", "9223372036854775807"], 64, ["--duplicates", "100000000"]),
        (["synthesize", "x.zip", "--broken", "100000001"], 64, ["--broken", "100000000"]),
    ]

    @Test("a failure is one or two lines and the right exit status", arguments: failures.indices)
    func failure(index: Int) throws {
        try folder.write("page.zip", Array("<!DOCTYPE html>".utf8))
        let (arguments, status, words) = Self.failures[index]
        let result = try Tool.run(Tool.prep, arguments, in: folder.path)
        #expect(result.status == status, "\(arguments): \(result.errors)")
        for word in words { #expect(result.errors.contains(word), "\(arguments): \(result.errors)") }
        #expect(!result.errors.contains("Fatal") && !FileManager.default.fileExists(atPath: folder("shards")))
    }

    @Test("an existing dataset needs --overwrite, a strict run stops at the first broken image")
    func refusals() throws {
        #expect(try prep("kaggle", Fixtures.path("digits.zip")).status == 0)
        let again = try prep("kaggle", Fixtures.path("digits.zip"))
        #expect(again.status == 64 && again.errors.contains("--overwrite"))
        let strict = try prep("kaggle", Fixtures.path("digits.zip"), "--overwrite", "--strict")
        #expect(strict.status == 65 && strict.errors.contains("truncated JPEG"))
        #expect(try prep("verify", "shards/kaggle").status == 0)
    }

    @Test("a disk that takes no more is an I/O error and leaves nothing")
    func fullDisk() throws {
        // A limit on the size of files stands for the disk: writing begins well, and fails.
        let script = "trap '' XFSZ; ulimit -f 8; exec \"$0\" kaggle \"$1\" --output x"
        let result = try Tool.run(
            "sh", ["-c", script, Tool.prep, Fixtures.path("digits.zip")], in: folder.path)
        #expect(result.status == 74 && result.errors.contains("cannot write: File too large"))
        #expect(!FileManager.default.fileExists(atPath: folder("x")))
    }

    @Test("a folder that cannot be made is an I/O error that names it")
    func unwritable() throws {
        let result = try prep("kaggle", Fixtures.path("digits.zip"), "--output", "/proc/none/x")
        #expect(result.status == 74)
        #expect(result.errors == "prep: /proc/none: cannot create: No such file or directory\n")
    }

    @Test("verify exits with 65 and names the shard when a byte has changed")
    func verifyFails() throws {
        _ = try prep("kaggle", Fixtures.path("digits.zip"))
        let path = folder("shards/kaggle/test-00000-of-00001.safetensors.zst")
        var bytes = try Data(contentsOf: URL(fileURLWithPath: path))
        bytes[bytes.count / 2] ^= 1
        try bytes.write(to: URL(fileURLWithPath: path))
        let result = try prep("verify", "shards/kaggle")
        #expect(result.status == 65)
        #expect(result.output.contains("FAIL") && result.output.contains("test-00000-of-00001"))
        #expect(try prep("verify", "shards/kaggle", "--json").output.contains("\"verified\": false"))
    }

    @Test("synthesize draws the same images for the same seed")
    func synthesize() throws {
        #expect(try prep("synthesize", "a.zip", "--count", "40", "-j", "1").status == 0)
        #expect(try prep("synthesize", "b.tar.gz", "--count", "40", "-j", "4").status == 0)
        #expect(try prep("synthesize", "c.zip", "--count", "40", "--seed", "1").status == 0)
        #expect(try prep("synthesize", "idx", "--count", "70").status == 0)
        func digest(_ input: String) throws -> Substring? {
            let text = try prep("kaggle", input, "--overwrite").output
            return text.split(separator: "\n").first { $0.contains("digest") }
        }
        #expect(try digest("a.zip") == digest("b.tar.gz"))
        #expect(try digest("a.zip") != digest("c.zip"))
        #expect(try prep("mnist", "idx").output.hasPrefix("shards/mnist: 70 images"))
    }
}
