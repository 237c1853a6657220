import Dataset
import Foundation
import TestSupport
import Testing

@testable import Report
@testable import Training

@Suite("Pages")
struct PageTests {
    @Test("a run's page reloads itself only while it trains")
    func reload() {
        let running = MadeUp.run(state: .running(epoch: 3, of: 20), epochs: 2).page
        #expect(running.contains("http-equiv=\"refresh\"") && running.contains("in epoch 3 of 20"))
        #expect(!MadeUp.run().page.contains("http-equiv=\"refresh\""))
        let stopped = MadeUp.run(state: .stopped(reason: "early stopping"), epochs: 2).page
        #expect(!stopped.contains("http-equiv=\"refresh\""))
        #expect(stopped.contains("stopped after 2 epochs: early stopping"))
    }

    @Test("a run's page has its figures, layers, confusions and mistakes")
    func run() {
        let page = MadeUp.run().page
        for part in [
            "99.07 %", "0.0241", "421,642", "32 × 28 × 28", "Confusion matrix", "Precision", "Recall",
            "Worst mistakes", "9/digit (9).png", "learning rate", Digest(of: "mnist").hex,
            "optimizer: {name: adam",
        ] { #expect(page.contains(part), "\(part)") }
        #expect(page.matches(of: #/<img /#).count == 36)
    }

    @Test("a run without a single epoch, or without validation, has a page")
    func sparse() {
        #expect(MadeUp.run(state: .running(epoch: 1, of: 9), epochs: 0).page.contains("has not ended yet"))
        var run = MadeUp.run()
        run.epochs = (1...20).map { MadeUp.epoch($0, hasValidation: false) }
        #expect(run.bestEpoch == nil && !run.page.contains("Best validation"))
        #expect(run.accuracyChart.series.count == 1)
    }

    @Test(
        "of epochs with the same validation accuracy, the one with the lower loss is the best, as it is the one saved"
    )
    func bestEpoch() {
        var run = MadeUp.run()
        run.epochs = [(1, 0.3, 0.9), (2, 0.2, 0.9), (3, 0.25, 0.9), (4, 0.1, 0.8)].map {
            number, loss, accuracy in
            EpochMetrics(
                epoch: number, train: SplitMetrics(loss: 1, accuracy: 0.5),
                validation: SplitMetrics(loss: loss, accuracy: accuracy), rate: 0.1, samplesPerSecond: 1,
                seconds: 1)
        }
        #expect(run.bestEpoch?.epoch == 2)
    }

    @Test("precision and recall of a three-class matrix, counted by hand")
    func confusion() {
        let matrix = ConfusionMatrix(rows: [[8, 2, 0], [1, 4, 0], [0, 0, 0]])
        #expect(matrix.samples == 15 && matrix.accuracy == 12.0 / 15)
        #expect(matrix.precision(0) == 8.0 / 9 && matrix.recall(0) == 0.8)
        #expect(matrix.precision(1) == 4.0 / 6 && matrix.recall(1) == 0.8)
        #expect(matrix.precision(2) == nil && matrix.recall(2) == nil)
        let pairs = matrix.confusions(limit: 5)
        #expect(pairs.map(\.label) == [0, 1] && pairs.map(\.count) == [2, 1])
    }

    @Test("the comparison marks the best of each column, and warns of different datasets")
    func comparison() {
        var other = MadeUp.run("mnist-mlp-1", speed: 0.2)
        other.test = .init(loss: 0.07, accuracy: 0.9823)
        let text = RunComparison(runs: [MadeUp.run(), other]).text
        #expect(text.contains("mnist-cnn-1  cnn     mnist    99.07 % *"))
        #expect(text.contains("98.23 %  ") && text.contains("* best of its column"))
        #expect(!text.contains("different datasets"))
        other.datasetDigest = Digest(of: "other")
        let comparison = RunComparison(runs: [MadeUp.run(), other])
        #expect(comparison.text.contains("2 different datasets") && !comparison.text.contains("*"))
        #expect(comparison.page.contains("2 different datasets") && !comparison.page.contains("★"))
        #expect(
            comparison.page.contains("Validation accuracy") && comparison.page.contains("Validation loss"))
    }

    @Test("an audit is a ranking, in the terminal and as a page")
    func audit() {
        let audit = MadeUp.audit((0..<400).map { "key \($0)" })
        let text = audit.text(limit: 3)
        #expect(text.contains("mnist-cnn-1 contradicts 512 labels of 70,000 samples"))
        #expect(text.contains("ranked by self-confidence"))
        #expect(text.split(separator: "\n").count == 7)
        #expect(text.hasSuffix("and 509 more: --limit shows, --csv writes them"))
        #expect(
            audit.page.contains("one of 5 models that did not learn from it")
                && audit.page.contains("The first 300 of 512"))
        #expect(MadeUp.audit([]).page.contains("No label is contradicted."))
    }

    @Test("a dataset's page stays small with two thousand classes, and says what it leaves out")
    func manyClasses() {
        let report = MadeUp.dataset(classes: (0..<2000).map { "c\($0)" }, keys: ["a/b.png"])
        #expect(report.page.contains("The first 100 classes"))
        #expect(report.page.utf8.count < 4_000_000)
    }

    @Test(
        "pages are in order in Chromium, on phone and desktop, light and dark",
        .enabled(if: Browser.isAvailable, "needs Chromium: apt-get install chromium"))
    func browser() throws {
        let folder = try TemporaryFolder()
        let names = MadeUp.hostile
        var hostile = MadeUp.run(names[1])
        hostile.mistakes = names.enumerated().map { MadeUp.prediction($0, key: $1) }
        let pages = [
            ("run", MadeUp.run().page),
            ("running", MadeUp.run(state: .running(epoch: 3, of: 20), epochs: 2).page),
            ("hostile-run", hostile.page),
            (
                "compare",
                RunComparison(runs: [
                    MadeUp.run(), MadeUp.run("mnist-mlp-wide-12", epochs: 12, speed: 0.2),
                    MadeUp.run("mnist-lenet-3", speed: 0.9),
                ]).page
            ),
            ("audit", MadeUp.audit(names + (0..<40).map { "train/\($0)" }).page),
            ("hostile-dataset", MadeUp.dataset(classes: names, keys: names).page),
        ]
        for (name, page) in pages { try folder.write("\(name).html", Array(page.utf8)) }
        let result = try Browser.problems(pages.map { folder("\($0.0).html") })
        #expect(result.status == 0, "\(result.output)\(result.errors)")
    }

    @Test(
        "the check in Chromium finds what it is there to find",
        .enabled(if: Browser.isAvailable, "needs Chromium: apt-get install chromium"))
    func browserFinds() throws {
        let folder = try TemporaryFolder()
        let broken = """
            <!DOCTYPE html><meta name="viewport" content="width=device-width"><body style="background:#fff">
            <img src="data:image/png;base64,AAAA" alt=""><p style="width:2000px">wide</p>
            <p style="font-size:7px">tiny</p><p style="color:#bbb">faint</p><a href="#nowhere">x</a>
            <script>console.error("noise"); fetch("http://127.0.0.1:1/x").catch(() => 0)</script>
            """
        try folder.write("broken.html", Array(broken.utf8))
        let result = try Browser.problems([folder("broken.html")])
        #expect(result.status == 1)
        for part in [
            "does not decode", "pixels wide in a window", "text of 7.0 pixels", "contrast 1.9",
            "leads nowhere",
            "noise", "asks for http",
        ] { #expect(result.output.contains(part), "\(part): \(result.output)") }
    }
}
