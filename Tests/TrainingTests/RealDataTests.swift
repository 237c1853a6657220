// Training on the real MNIST: wrong labels are found, and photos in MNIST's shape are read.

import Dataset
import Foundation
import Pipeline
import Shards
import TestSupport
import Testing

@testable import Training

@Suite("Training on real data", .enabled(if: Fixtures.realData != nil), .serialized)
struct RealDataTests {
    private let folder: TemporaryFolder

    init() throws { folder = try TemporaryFolder() }

    private func prepare(_ pipeline: String, _ input: String, _ name: String) throws
        -> PreparedDataset
    {
        _ = try Preparation(
            configuration: try PipelineConfiguration.named(pipeline), input: input, output: folder(name),
            workers: 2,
            memory: 1 << 30, overwrite: false
        ).run()
        return try PreparedDataset(folder(name))
    }

    private func train(_ name: String, epochs: Int, on dataset: PreparedDataset) throws -> Model {
        var recipe = try Recipe.named(name)
        recipe.epochs = epochs
        let run = try RunFolder(creating: folder("run"))
        _ = try Trainer(recipe, on: dataset, seed: 0, jobs: 2, folder: run).run()
        return try Model(contentsOf: run.path)
    }

    @Test("of 1 % flipped labels, nine in ten are within the first 2 % of the audit's ranking")
    func audit() throws {
        var random = SeededRandom(seed: 11, purpose: .synthesis)
        var flipped = Set<String>()
        try FileManager.default.createDirectory(atPath: folder("in"), withIntermediateDirectories: true)
        for (images, labels, prefix) in [
            ("train-images-idx3-ubyte", "train-labels-idx1-ubyte", "train"),
            ("t10k-images-idx3-ubyte", "t10k-labels-idx1-ubyte", "t10k"),
        ] {
            try FileManager.default.createSymbolicLink(
                atPath: folder("in/\(images).gz"), withDestinationPath: "\(Fixtures.mnistFolder)/\(images).gz"
            )
            let packed = "\(Fixtures.mnistFolder)/\(labels).gz"
            try #require(
                try Tool.run("sh", ["-c", "gunzip -c '\(packed)' > '\(folder("in/\(labels)"))'"]).status == 0)
            var bytes = Array(try Data(contentsOf: URL(fileURLWithPath: folder("in/\(labels)"))))
            for index in 8..<bytes.count where random.below(100) == 0 {
                bytes[index] = UInt8((Int(bytes[index]) + 1 + Int(random.below(9))) % 10)
                let number = String(index - 8)
                flipped.insert("\(prefix)/" + String(repeating: "0", count: 5 - number.count) + number)
            }
            try Data(bytes).write(to: URL(fileURLWithPath: folder("in/\(labels)")))
        }
        let dataset = try prepare("mnist", folder("in"), "mnist")
        let model = try train("fast", epochs: 1, on: dataset)
        let provenance = try dataset.provenance()
        let ranking = try LabelAudit(model, dataset, jobs: 2).predictions.map {
            provenance[Int($0.id)].key.text
        }
        let all = ranking.filter(flipped.contains).count
        let found = ranking.prefix(ranking.count / 50).filter(flipped.contains).count
        print(
            "audit: \(found) of \(all) flipped labels in the first \(ranking.count / 50) of \(ranking.count)")
        #expect(all > 100)
        #expect(Double(found) >= 0.9 * Double(all))
    }

    @Test(
        "a model trained on MNIST alone reads 90 % of the photos in MNIST's shape, far fewer of stretched ones"
    )
    func photos() throws {
        let model = try train("fast", epochs: 1, on: try prepare("mnist", Fixtures.mnistFolder, "mnist"))
        let evaluator = try Evaluator(model, jobs: 2)
        func accuracy(_ pipeline: String) throws -> Double {
            let dataset = try prepare(pipeline, Fixtures.kaggleArchive, pipeline)
            let evaluations = try Split.allCases.map { try evaluator.evaluate(model, on: dataset, split: $0) }
            let correct = evaluations.map(\.correct).reduce(0, +)
            return Double(correct) / Double(evaluations.map(\.samples).reduce(0, +))
        }
        let (shaped, stretched) = (try accuracy("kaggle-as-mnist"), try accuracy("kaggle"))
        print("trained on MNIST, of all photos: \(shaped) in its shape, \(stretched) stretched")
        #expect(shaped >= 0.9)
        #expect(stretched < 0.5)
    }
}
