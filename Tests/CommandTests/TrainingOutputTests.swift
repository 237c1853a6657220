// What prep train, evaluate and recipes say, for people and for programs.

import Foundation
import TestSupport
import Testing

@Suite("What training says", .serialized)
struct TrainingOutputTests: CommandSuite {
    let folder: TemporaryFolder

    init() throws { folder = try TemporaryFolder.withMNIST() }

    private func json<T>(_ text: String, as type: T.Type) throws -> T {
        try #require(try JSONSerialization.jsonObject(with: Data(text.utf8)) as? T)
    }

    @Test("precision and recall of evaluate are those of its confusion matrix, in JSON and for people")
    func evaluate() throws {
        let trained = try prep(
            "train", folder("mnist"), "--recipe", "mlp", "--epochs", "2", "-o", folder("run"), "--quiet")
        #expect(trained.status == 0)
        let result = try json(
            prep("evaluate", folder("run"), folder("mnist"), "--json").output, as: [String: Any].self)
        let confusion = try #require(result["confusion"] as? [[Int]])
        let classes = try #require(result["classes"] as? [[String: Any]])
        let lines = try prep("evaluate", folder("run"), folder("mnist")).output.split(separator: "\n")
        #expect(classes.count == 10 && confusion.count == 10)
        for (label, entry) in classes.enumerated() {
            let right = Double(confusion[label][label])
            let actual = confusion[label].reduce(0, +)
            let predicted = confusion.reduce(0) { $0 + $1[label] }
            #expect(entry["class"] as? String == "\(label)" && entry["samples"] as? Int == actual)
            // The last bit is the JSON reader's.
            #expect(abs(try #require(entry["recall"] as? Double) - right / Double(actual)) < 1e-12)
            let precision = entry["precision"] as? Double
            #expect((precision == nil) == (predicted == 0))
            #expect(abs((precision ?? 0) - right / Double(max(predicted, 1))) < 1e-12)
            let row = try #require(lines.first { $0.hasPrefix("  \(label) ") })
            let recall = String(format: "%.2f", 100 * right / Double(actual))
            #expect(row.hasSuffix(" \(recall) %"), "\(row)")
        }
    }

    @Test("training without patience left ends early, and says so")
    func earlyStopping() throws {
        // A thousand samples are soon learnt by heart, and validation gets no better then.
        let run = try prep(
            "train", folder("mnist"), "--recipe", "mlp", "--rate", "0.01", "--epochs", "300",
            "--early-stopping",
            "2", "-o", folder("run"))
        #expect(run.status == 0, "\(run.errors)")
        #expect(run.output.contains("Stopped: no improvement in 2 epochs"))
        let rows = try String(contentsOfFile: folder("run/metrics.csv"), encoding: .utf8).split(
            separator: "\n")
        #expect((4..<301).contains(rows.count))
        let changed = try prep("train", folder("mnist"), "--resume", folder("run"), "--epochs", "60")
        #expect(
            changed.status == 64 && changed.errors.contains("--epochs cannot change a resumed run"))
    }

    @Test("smaller images are padded, threads are those that have work, and the start says both")
    func beginning() throws {
        let run = try prep(
            "train", folder("mnist"), "--recipe", "digitsnet", "--epochs", "1", "-j", "7", "-o", folder("run")
        )
        #expect(run.status == 0, "\(run.errors)")
        #expect(run.output.contains("Images of 28x28 are padded to 32x32 with their own background"))
        // 64 samples in micro-batches of 16.
        #expect(run.output.contains("batches of 64, 1 epoch, 4 threads"), "\(run.output)")
    }

    @Test("recipes are listed, shown with their layers, and printed as files that train")
    func recipes() throws {
        let list = try prep("recipes").output.split(separator: "\n")
        let entries = try json(prep("recipes", "--json").output, as: [[String: Any]].self)
        let names = entries.compactMap { $0["name"] as? String }
        #expect(names.count == 12 && names.contains("digitsnet-logits"))
        for name in names { #expect(list.contains { $0.hasPrefix("\(name) ") }, "\(name)") }
        let cnn = try prep("recipes", "cnn").output
        for line in [
            /0  convolution: .*32x28x28 +320\n/, /linear: classes +10 +1,290\n/, /421,642 parameters/,
        ] {
            #expect(cnn.contains(line), "\(cnn)")
        }
        let shown = try json(prep("recipes", "cnn", "--json").output, as: [String: Any].self)
        #expect(shown["parameters"] as? Int == 421_642)
        let settings = try #require(shown["yaml"] as? String)
        #expect(
            settings.contains("optimizer: {name: ") && settings.contains("input: {size: 28x28"), "\(settings)"
        )
        for words in [["recipes", "mlp", "--yaml"], ["recipes", "--example"]] {
            let text = try Tool.run(Tool.prep, words).output
            try folder.write("mine.yaml", Array(text.utf8))
            let run = try prep(
                "train", folder("mnist"), "--recipe", folder("mine.yaml"), "--epochs", "1", "-o",
                folder("run-\(words.count)"), "--quiet")
            #expect(run.status == 0, "\(words) \(run.errors)")
        }
    }
}
