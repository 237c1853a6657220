// Options together: those that exclude each other are refused, and none is ignored.

import Foundation
import TestSupport
import Testing

@Suite("Options together", .serialized)
struct OptionTests: CommandSuite {
    let folder: TemporaryFolder

    init() throws { folder = try TemporaryFolder.withMNIST() }

    @Test("options that would be ignored are refused")
    func refused() throws {
        for (words, message) in [
            (["inspect", folder("mnist"), "--findings", "all", "--split", "test"], "leave --class"),
            (["inspect", folder("mnist"), "--findings", "all", "--key", "a"], "leave --class"),
            (["inspect", folder("mnist"), "--findings", "all", "--csv", "--json"], "exclude each other"),
            (["verify", folder("mnist"), "--labels", "t.csv"], "--labels is for --source"),
            (
                ["verify", folder("mnist"), "--source", Fixtures.path("mnist"), "--labels", "t.csv"],
                "not from a table"
            ),
            (
                ["inspect", folder("mnist"), "--key", "train/00001", "--class", "1"],
                "--key names the samples"
            ),
            (
                ["mnist", Fixtures.path("mnist"), "--strict", "--max-rejected", "5%"],
                "--strict and --max-rejected exclude each other"
            ),
            (["leaks", folder("mnist") + ":foo"], "foo"),
            (["mnist", Fixtures.path("mnist"), "--seed", "18446744073709551616"], "is too large"),
            (["recipes", "--yaml"], "name it"),
            (["recipes", "cnn", "--yaml", "--json"], "not both"),
            (["synthesize", folder("new"), "--kind", "idx", "--broken", "1"], "not for --kind idx"),
        ] {
            let refused = try Tool.run(Tool.prep, words)
            #expect(refused.status == 64 && refused.errors.contains(message), "\(words) \(refused.errors)")
        }
        #expect(try FileManager.default.contentsOfDirectory(atPath: folder(".")) == ["mnist"])
    }

    @Test("--json prints what was asked for, with --quiet, --limit and --html too")
    func json() throws {
        let quiet = try prep("inspect", folder("mnist"), "--json", "-q")
        #expect(quiet.status == 0 && quiet.output.hasPrefix("{"))
        #expect(try prep("inspect", folder("mnist"), "-q").output.isEmpty)
        let leaks = try prep("leaks", folder("mnist"), folder("mnist"), "--json", "--limit", "3")
        #expect(leaks.output.split(separator: "\n").count == 3)
        let audit = try prep(
            "audit", folder("mnist"), "--folds", "2", "--recipe", "mlp", "--json", "--limit", "2", "--html",
            folder("audit.html"))
        #expect(audit.status == 0 && audit.output.split(separator: "\n").count == 2, "\(audit.errors)")
        #expect(FileManager.default.fileExists(atPath: folder("audit.html")))
        let archive = try prep("synthesize", folder("a.zip"), "--count", "20", "--duplicates", "10")
        let prepared = try prep("kaggle", folder("a.zip"), "-o", folder("a"), "--json")
        #expect(archive.output.contains("30 images") && prepared.output.contains("\"samples\": 30"))
    }

    @Test("verify --json is an answer in JSON also where there is nothing to verify")
    func unreadable() throws {
        try folder.write("broken/dataset.json", [0x7B])
        let said = try prep("verify", folder("broken"), "--json")
        let result = try #require(
            JSONSerialization.jsonObject(with: Data(said.output.utf8)) as? [String: Any])
        #expect(said.status == 65 && result["verified"] as? Bool == false)
    }

    @Test("tables of predictions are written though nobody reads what is printed before")
    func closedOutput() throws {
        let run = try prep(
            "train", folder("mnist"), "--recipe", "mlp", "--epochs", "1", "-o", folder("run"), "-q")
        #expect(run.status == 0, "\(run.errors)")
        let script =
            "\(Tool.prep) predict \(folder("run")) \(Fixtures.path("digits.zip")) --fit mnist --csv \(folder("p.csv")) | true"
        _ = try Tool.run("sh", ["-c", script])
        #expect(FileManager.default.fileExists(atPath: folder("p.csv")))
        let quiet = try prep(
            "predict", folder("run"), Fixtures.path("digits.zip"), "--fit", "mnist", "--json", "-q")
        #expect(quiet.output.hasPrefix("{"))
    }

    @Test("predictions have the split that was evaluated, where a fold was held out too")
    func splits() throws {
        let made = try prep(
            "mnist", Fixtures.path("mnist"), "-o", folder("folded"), "--folds", "3", "-q")
        let run = try prep(
            "train", folder("folded"), "--fold", "1", "--recipe", "mlp", "--epochs", "1", "-o", folder("run"),
            "-q")
        #expect(made.status == 0 && run.status == 0, "\(made.errors) \(run.errors)")
        let said = try prep(
            "evaluate", folder("run"), folder("folded"), "--split", "all", "--json", "--predictions",
            folder("p.csv"))
        let table = try String(contentsOfFile: folder("p.csv"), encoding: .utf8).split(separator: "\n")
        for line in said.output.split(separator: "\n") {
            let result = try #require(JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Any])
            let split = try #require(result["split"] as? String)
            #expect(table.count { $0.hasSuffix(",\(split)") } == result["samples"] as? Int, "\(split)")
        }
    }
}
