// Folds, audits, leaks and differences as programs: what they print, leave and refuse.

import Foundation
import TestSupport
import Testing

@Suite("Commands about folds and leaks", .serialized)
struct FoldCommandTests: CommandSuite {
    let folder: TemporaryFolder

    init() throws { folder = try TemporaryFolder.withMNIST() }

    @Test("train --folds trains on each in turn, and compares with mean and deviation")
    func folds() throws {
        let made = try prep("mnist", Fixtures.path("mnist"), "-o", folder("folded"), "--folds", "3")
        #expect(made.status == 0, "\(made.errors)")
        #expect(
            try prep("inspect", folder("folded")).output.contains("3 of 420 images of train and validation"))
        let all = try prep(
            "train", folder("folded"), "--folds", "--recipe", "mlp", "--epochs", "2", "-o", folder("runs"))
        #expect(all.status == 0, "\(all.errors)")
        for text in ["fold 0 of 3 is validation", "mean", "deviation", folder("runs/report.html")] {
            #expect(all.output.contains(text), "\(text)")
        }
        for fold in 0..<3 {
            #expect(FileManager.default.fileExists(atPath: folder("runs/fold-\(fold)/model.safetensors")))
        }
        let page = try String(contentsOfFile: folder("runs/report.html"), encoding: .utf8)
        #expect(page.contains("deviation") && page.contains("fold-2"))
        let one = try prep(
            "train", folder("folded"), "--fold", "1", "--recipe", "mlp", "--epochs", "2", "-o", folder("one"),
            "-q")
        #expect(one.status == 0)
        let models = try ["one", "runs/fold-1"].map {
            try Data(contentsOf: URL(fileURLWithPath: folder("\($0)/model.safetensors")))
        }
        #expect(models[0] == models[1])
        for (arguments, message) in [
            (["--fold", "3"], "0 to 2"), (["--fold", "1", "--folds"], "leave out --resume and --fold"),
            (["--resume", folder("one"), "--fold", "1"], "cannot change a resumed run"),
        ] {
            let refused = try Tool.run(Tool.prep, ["train", folder("folded")] + arguments)
            #expect(refused.status == 64 && refused.errors.contains(message), "\(refused.errors)")
        }
        let plain = try prep("train", folder("mnist"), "--folds")
        #expect(plain.status == 64 && plain.errors.contains("--folds 5"))
    }

    @Test("audit --folds ranks every sample, and its table has the probabilities of all classes")
    func audit() throws {
        let audit = try prep(
            "audit", folder("mnist"), "--folds", "2", "--recipe", "mlp", "--csv", folder("a.csv"),
            "--html", folder("a.html"), "--limit", "3")
        #expect(audit.status == 0, "\(audit.errors)")
        #expect(audit.output.contains("labels of 1,400 samples") && audit.errors.contains("fold 1 of 2"))
        let lines = try String(contentsOfFile: folder("a.csv"), encoding: .utf8).split(separator: "\n")
        #expect(lines.count == 1401)
        #expect(
            lines[0].hasPrefix(
                "rank,id,key,split,label,predicted,self_confidence,normalized_margin,probability,"))
        #expect(lines[0].hasSuffix("probability of 8,probability of 9"))
        let fields = lines.dropFirst().map { $0.split(separator: ",", omittingEmptySubsequences: false) }
        #expect(Set(fields.map { $0[2] }).count == 1400 && Set(fields.map { $0[3] }).count == 3)
        let trust = fields.compactMap { Float($0[6]) }
        #expect(trust == trust.sorted() && trust.count == 1400)
        for row in fields {
            let sum = row[9...].compactMap { Float($0) }.reduce(0, +)
            #expect(abs(sum - 1) < 1e-4)
        }
        for (arguments, message) in [
            ([folder("mnist")], "--folds 5"),
            ([folder("mnist"), folder("mnist"), "--folds", "2"], "dataset alone"),
            ([folder("mnist"), "--folds", "1"], "from 2 to 100"),
        ] {
            let refused = try Tool.run(Tool.prep, ["audit"] + arguments)
            #expect(refused.status == 64 && refused.errors.contains(message), "\(refused.errors)")
        }
    }

    @Test("leaks, differences and findings are printed as tables, JSON and CSV")
    func comparisons() throws {
        for name in ["a", "b"] {
            let made = try prep(
                "kaggle", Fixtures.path("digits.zip"), "-o", folder(name), "--name", name, "--seed",
                name == "a" ? "0" : "1")
            #expect(made.status == 0)
        }
        let leaks = try prep(
            "leaks", folder("a"), folder("b"), "--csv", folder("l.csv"), "--html", folder("l.html"),
            "--limit", "4")
        #expect(leaks.status == 0 && leaks.output.contains("203 are in \(folder("a")): 203 identical"))
        let table = try String(contentsOfFile: folder("l.csv"), encoding: .utf8).split(separator: "\n")
        #expect(
            table.count == 204
                && table[0] == "key,label,split,original,original_label,original_split,levels,originals")
        let lines = try prep("leaks", folder("a"), folder("b") + ":test", "--json").output.split(
            separator: "\n")
        #expect(lines.count > 10 && lines.allSatisfy { $0.hasPrefix("{") })
        let diff = try prep("diff", folder("a"), folder("b"))
        #expect(diff.status == 1 && diff.output.contains("another split") && diff.errors.isEmpty)
        #expect(diff.output.contains("seed: 0 → 1"))
        let same = try prep("diff", folder("a"), folder("a"), "--json")
        #expect(same.status == 0 && same.output.contains("\"equal\": true"))
        let finding = try prep("inspect", folder("a"), "--findings", "duplicate", "--csv")
        let rows = finding.output.split(separator: "\n")
        #expect(finding.status == 0 && rows[0] == "finding,set,id,key,label,value" && rows.count == 7)
        let stored = try Tool.run("zstd", ["-dcq", folder("a/findings.csv.zst")]).output
        #expect(try prep("inspect", folder("a"), "--findings", "all", "--csv").output == stored)
        #expect(try prep("inspect", folder("a"), "--findings", "nothing").status == 64)
    }
}
