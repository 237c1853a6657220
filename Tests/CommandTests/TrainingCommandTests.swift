// prep train, evaluate, predict, compare and audit as programs: what they print, leave and refuse.

import Foundation
import TestSupport
import Testing

@Suite("Training commands", .serialized)
struct TrainingCommandTests: CommandSuite {
    let folder: TemporaryFolder

    init() throws { folder = try TemporaryFolder.withMNIST() }

    private func object(_ line: some StringProtocol) throws -> [String: Any] {
        try #require(try JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Any])
    }

    private func model(_ run: String) throws -> Data {
        try Data(contentsOf: URL(fileURLWithPath: folder("\(run)/model.safetensors")))
    }

    /// On a machine without AVX-512 both train with the same vectors.
    @Test("PREP_CPU=avx2 trains with narrower vectors, to the same model but for its last bits")
    func narrowerVectors() throws {
        func losses(_ processor: [String], _ run: String) throws -> [Double] {
            let words = ["train", folder("mnist"), "--recipe", "cnn", "--epochs", "2", "--json"]
            let trained = try Tool.run("env", processor + [Tool.prep] + words + ["-o", folder(run)])
            #expect(trained.status == 0, "\(trained.errors)")
            let epochs = try trained.output.split(separator: "\n").map(object).prefix(2)
            return try epochs.map { try #require(($0["train"] as? [String: Double])?["loss"]) }
        }
        let (wide, narrow) = (try losses([], "wide"), try losses(["PREP_CPU=avx2"], "narrow"))
        for (loss, expected) in zip(narrow, wide) { #expect(abs(loss - expected) < 1e-4 * expected) }
        let unknown = try Tool.run("env", ["PREP_CPU=avx1024", Tool.prep, "recipes"])
        #expect(unknown.status == 64 && unknown.errors.contains("it can only be avx2"))
    }

    @Test("JSON lines: one per epoch, then the result, with the keys that are promised")
    func json() throws {
        let run = try prep(
            "train", folder("mnist"), "--recipe", "mlp", "--epochs", "3", "-o", folder("run"), "--json")
        #expect(run.status == 0, "\(run.errors)")
        let lines = try run.output.split(separator: "\n").map(object)
        #expect(lines.map { $0["event"] as? String } == ["epoch", "epoch", "epoch", "result"])
        #expect(lines.prefix(3).map { $0["epoch"] as? Int } == [1, 2, 3])
        for line in lines.prefix(3) {
            for split in ["train", "validation"] {
                let scores = try #require(line[split] as? [String: Double])
                #expect(Set(scores.keys) == ["loss", "accuracy"])
            }
            #expect(try #require(line["samples_per_second"] as? Double) > 0)
        }
        let result = try #require(lines.last)
        #expect(result["model"] as? String == folder("run/model.safetensors"))
        let test = try #require(result["test"] as? [String: Double])
        let evaluation = try object(
            prep("evaluate", folder("run"), folder("mnist"), "--json", "--predictions", folder("p.csv"))
                .output)
        #expect(evaluation["accuracy"] as? Double == test["accuracy"])
        let confusion = try #require(evaluation["confusion"] as? [[Int]])
        #expect(confusion.count == 10 && confusion.flatMap { $0 }.reduce(0, +) == 200)
        let table = try String(contentsOfFile: folder("p.csv"), encoding: .utf8).split(separator: "\n")
        #expect(table.count == 201 && table[0].hasPrefix("id,key,label,prediction,logit 0"))
        for name in ["report.html", "loss.svg", "accuracy.svg", "metrics.csv", "result.json", "recipe.yaml"] {
            #expect(FileManager.default.fileExists(atPath: folder("run/\(name)")), "\(name)")
        }
    }

    @Test(
        "prep draw and the page of a run have a board with the model's own weights, classes and samples, in order in Chromium"
    )
    func drawing() throws {
        _ = try prep(
            "train", folder("mnist"), "--recipe", "lenet", "--epochs", "1", "-o", folder("run"), "-q")
        let drawn = try prep("draw", folder("run/"), folder("mnist"))
        #expect(drawn.status == 0 && drawn.output.hasPrefix("\(folder("run"))/draw.html: "), "\(drawn)")
        let pages = try ["draw", "report"].map { name in
            try String(contentsOfFile: folder("run/\(name).html"), encoding: .utf8)
        }
        for page in pages {
            let start = try #require(page.range(of: "id=\"draw-data\">")).upperBound
            let end = try #require(page.range(of: "</script>", range: start..<page.endIndex)).lowerBound
            let data = try object(page[start..<end])
            #expect(data["classes"] as? [String] == (0...9).map(String.init))
            let weights = try #require(data["weights"] as? String)
            #expect(Data(base64Encoded: weights)?.count == 44_426 * 4)
            let labels = try #require((data["samples"] as? [String: Any])?["labels"] as? [Int])
            #expect(labels == labels.sorted() && Set(labels) == Set(0...9))
            #expect(page.contains("<canvas id=\"draw-canvas\""))
        }
        let alone = try prep("draw", folder("run"), "--html", folder("alone.html"), "--fit", "contain")
        #expect(alone.status == 0 && alone.output.contains("Without training samples: name the dataset"))
        let other = try prep("draw", folder("run"), folder("run"))
        #expect(other.status == 65 && other.errors.hasPrefix("prep: "))
        guard Browser.isAvailable else { return }
        let files = [folder("run/draw.html"), folder("run/report.html"), folder("alone.html")]
        let problems = try Browser.problems(files)
        #expect(problems.status == 0, "\(problems.output)\(problems.errors)")
    }

    @Test("predictions of an archive, a folder and a file agree, and name what cannot be read")
    func predict() throws {
        let prepared = try prep("kaggle", Fixtures.path("digits.zip"), "-o", folder("kaggle"))
        #expect(prepared.status == 0)
        let trained = try prep(
            "train", folder("kaggle"), "--recipe", "fast", "--epochs", "60", "-o", folder("run"), "--quiet")
        #expect(trained.status == 0 && trained.output.isEmpty, "\(trained.errors)")
        let archive = try prep("predict", folder("run"), Fixtures.path("digits.zip"), "--json").output
        let lines = try archive.split(separator: "\n").map(object)
        #expect(lines.count > 150)
        let right = lines.filter {
            ($0["image"] as? String)?.split(separator: "/").dropLast().last.map(String.init)
                == $0["label"] as? String
        }
        #expect(Double(right.count) > 0.8 * Double(lines.count))
        for line in lines.prefix(20) {
            let probabilities = try #require(line["probabilities"] as? [String: Double])
            #expect(abs(probabilities.values.reduce(0, +) - 1) < 1e-5)
            #expect(probabilities[try #require(line["label"] as? String)] == line["probability"] as? Double)
        }
        // The same photo as a file and in a folder.
        let photo = "3/Three_full (1).jpg"
        let inArchive = try #require(
            lines.first { $0["image"] as? String == "\(Fixtures.path("digits.zip"))/\(photo)" })
        for input in [Fixtures.path("photos/\(photo)"), Fixtures.path("photos")] {
            let found = try prep("predict", folder("run"), input, "--json").output.split(separator: "\n")
                .map(object).first { ($0["image"] as? String)?.hasSuffix(photo) == true }
            let alone = try #require(found)
            #expect(
                alone["probabilities"] as? [String: Double] == inArchive["probabilities"] as? [String: Double]
            )
        }
        let broken = try prep(
            "predict", folder("run"), Fixtures.path("images/corrupt-crc.png"),
            Fixtures.path("images/png-gray-8.png"))
        #expect(broken.status == 65)
        #expect(broken.errors.contains("corrupt-crc.png") && broken.output.contains("png-gray-8.png: "))
        // What cannot be found does not keep the others from their turn.
        let missing = try prep("predict", folder("run"), folder("none.png"), Fixtures.path("photos/\(photo)"))
        #expect(missing.status == 65 && missing.errors.contains("none.png: no such file"))
        #expect(missing.output.contains("\(photo): "))
    }

    @Test("what cannot be trained is refused in a line or two, with the right status")
    func refusals() throws {
        try folder.write(
            "wild.yaml",
            Array(
                """
                name: wild
                layers: [flatten, linear: 256, linear: 256, linear: 256, linear: classes]
                optimizer: {name: sgd, momentum: 0.9, rate: 100}
                """.utf8))
        let cases: [(words: [String], status: Int32, message: String)] = [
            (["--recipe", "resnet"], 64, "unknown recipe “resnet”; allowed: best, cifar, cnn,"),
            (["--recipe", "none.yaml"], 64, "none.yaml: no such file or folder"),
            (["--epochs", "0"], 64, "--epochs must be from 1"),
            (["--resume", folder("nothing")], 65, "nothing: no such file or folder"),
            (["--augment", "rotate=10,copies=3"], 64, "--augment"),
            (["--recipe", folder("wild.yaml"), "-o", folder("wild")], 65, "Try a lower --rate"),
        ]
        for (words, status, message) in cases {
            let result = try Tool.run(Tool.prep, ["train", folder("mnist")] + words, in: folder.path)
            #expect(result.status == status, "\(words) \(result.errors)")
            #expect(result.errors.contains(message), "\(words) \(result.errors)")
        }
        let swapped = try prep("evaluate", folder("mnist"), folder("mnist"))
        #expect(swapped.status == 65 && swapped.errors.contains("is a dataset that prep wrote, not a model"))
        // The help that is named is the command's own.
        let usage = try prep("train", folder("mnist"), "--rate", "1000")
        #expect(usage.status == 64 && usage.errors.contains("See prep train --help."), "\(usage.errors)")
        #expect(usage.errors.contains("--rate must be from 1e-9 to 100"))
    }

    @Test("losses that are large beyond counting are shown, and end nothing")
    func largeLoss() throws {
        try folder.write(
            "deep.yaml",
            Array(
                """
                name: deep
                layers: [flatten, linear: 256, linear: 256, linear: 256, linear: classes]
                optimizer: {name: adam, rate: 100}
                epochs: 2
                """.utf8))
        let run = try prep("train", folder("mnist"), "--recipe", folder("deep.yaml"), "-o", folder("run"))
        #expect(run.status == 0, "\(run.errors)")
        #expect(run.output.contains(/\de\d/), "\(run.output)")
        let evaluation = try prep("evaluate", folder("run"), folder("mnist"))
        #expect(evaluation.status == 0 && evaluation.output.contains(/loss \d.\de\d/))
    }

    @Test("evaluate notes that images were prepared differently from those the model was trained on")
    func otherPreparation() throws {
        let prepared = try prep("kaggle", Fixtures.path("digits.zip"), "-o", folder("kaggle"))
        let trained = try prep(
            "train", folder("mnist"), "--recipe", "mlp", "--epochs", "1", "-o", folder("run"))
        #expect(prepared.status == 0 && trained.status == 0)
        let other = try prep("evaluate", folder("run"), folder("kaggle"), "--json")
        #expect(other.status == 0 && other.errors.contains("prepared differently"), "\(other.errors)")
        #expect(other.errors.contains("training images  grayscale"))
        #expect(try object(other.output)["samples"] as? Int != nil)
        let own = try prep("evaluate", folder("run"), folder("mnist"))
        #expect(own.status == 0 && own.errors.isEmpty)
    }

    @Test("runs are compared in a table and a page, and doubtful labels listed")
    func compareAndAudit() throws {
        for (name, recipe) in [("a", "mlp"), ("b", "fast")] {
            let run = try prep(
                "train", folder("mnist"), "--recipe", recipe, "--epochs", "3", "-o", folder(name), "--quiet")
            #expect(run.status == 0)
        }
        let comparison = try prep(
            "compare", folder("a"), folder("b"), "--dataset", folder("mnist"), "--html",
            folder("compare.html"))
        #expect(
            comparison.status == 0 && comparison.output.contains("mlp") && comparison.output.contains("fast"))
        #expect(comparison.output.contains("McNemar's test on 200 test samples"), "\(comparison.output)")
        // Without the dataset, and none in shards/, there are no predictions to compare.
        let alone = try prep("compare", folder("a"), folder("b"))
        #expect(alone.status == 0 && !alone.output.contains("McNemar"))
        // Nor where each run is validated on another fold.
        _ = try prep(
            "mnist", Fixtures.path("mnist"), "-o", folder("folded"), "--split", "90/10/0", "--folds", "2",
            "-q")
        for fold in ["0", "1"] {
            _ = try prep(
                "train", folder("folded"), "--recipe", "mlp", "--epochs", "1", "--fold", fold, "-o",
                folder("fold-\(fold)"), "-q")
        }
        let folds = try prep("compare", folder("fold-0"), folder("fold-1"), "--dataset", folder("folded"))
        #expect(folds.status == 0 && !folds.output.contains("McNemar"), "\(folds.errors)")
        #expect(folds.errors.contains("has no split that none of the runs learned from"))
        // A link that somebody has laid in a run.
        try folder.write("victim", [1])
        try FileManager.default.createSymbolicLink(
            atPath: folder("fold-0/draw.html"), withDestinationPath: folder("victim"))
        let draw = try prep("draw", folder("fold-0"))
        #expect(draw.status == 65 && draw.errors.contains("is not a file of its own"), "\(draw.errors)")
        #expect(try Array(Data(contentsOf: URL(fileURLWithPath: folder("victim")))) == [1])
        let all = try prep("evaluate", folder("a"), folder("mnist"), "--split", "all", "--json")
        let splits = try all.output.split(separator: "\n").map(object).compactMap { $0["split"] as? String }
        #expect(splits == ["train", "validation", "test"])
        #expect(FileManager.default.fileExists(atPath: folder("compare.html")))
        let audit = try prep("audit", folder("b"), folder("mnist"), "--json")
        let ranking = try audit.output.split(separator: "\n").map(object)
        #expect(ranking.count == 333)
        let doubts = ranking.compactMap { $0["label_probability"] as? Double }
        #expect(doubts == doubts.sorted())
        let page = try prep("audit", folder("b"), folder("mnist"), "--html", folder("audit.html"), "-q")
        #expect(page.status == 0 && page.output.isEmpty)
        if Browser.isAvailable {
            let problems = try Browser.problems([folder("audit.html"), folder("compare.html")])
            #expect(problems.status == 0, "\(problems.output)\(problems.errors)")
        }
        let first = try prep("audit", folder("b"), folder("mnist"), "--json", "--limit", "5")
        #expect(first.output.split(separator: "\n") == Array(audit.output.split(separator: "\n").prefix(5)))
    }
}
