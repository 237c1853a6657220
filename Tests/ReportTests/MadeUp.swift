// Runs, datasets and audits that nobody has ever trained or prepared, to draw pages from.

import Dataset
import Foundation
import Storage

@testable import Report
@testable import Shards
@testable import Training

enum MadeUp {
    /// Names such as an archive may hold them: markup, quotes, entities, control and direction characters.
    static let hostile = [
        "<script>alert(1)</script>", "\"><img src=x onerror=alert(2)>", "' onmouseover='alert(3)",
        "</title><svg onload=alert(4)>", "javascript:alert(5)", "&lt;b&gt;&amp;", "]]>--><!--",
        "\u{202E}gpj.exe\u{0}\u{1B}[31m\r\n", "line\nbreak\ttab", "</script><script>alert(6)</script>",
    ]

    /// A ring whose size and darkness come from `number`.
    static func image(_ number: Int, side: Int = 28) -> Picture {
        let radius = Double(side) * (0.2 + 0.15 * Double(number % 7) / 7)
        let pixels = (0..<side * side).map { index -> UInt8 in
            let (x, y) = (Double(index % side) - Double(side) / 2, Double(index / side) - Double(side) / 2)
            let distance = abs((x * x + y * y * (1 + Double(number % 3) / 4)).squareRoot() - radius)
            return UInt8(max(0, 255 - distance * 110))
        }
        return Picture(ImageShape(size: ImageSize(width: side, height: side), channels: 1), pixels: pixels)
    }

    static func sample(_ number: Int, key: String? = nil, image: Picture? = nil) -> SampleView {
        let size = ImageSize(width: 28, height: 28)
        let row = ProvenanceRow(
            key: Key(utf8: key ?? "\(number % 10)/digit (\(number)).png"), label: String(number % 10),
            split: .test, shard: 0, slot: number, source: Digest(of: String(number)), sourceSize: size,
            group: nil, operations: "")
        return SampleView(row: row, image: image ?? self.image(number))
    }

    /// A sample whose label has the probability `doubt`, and `predicted` all the rest.
    static func prediction(
        _ number: Int, key: String? = nil, predicted: Int? = nil, doubt: Double? = nil
    ) -> PredictedSample {
        let (label, doubt) = (number % 10, doubt ?? Double(number) / 100)
        let predicted = predicted ?? (number * 7 + 3) % 10
        var logits = [Float](repeating: -30, count: 10)
        logits[label] = Float(log(max(doubt, 1e-9)))
        logits[predicted] = Float(log(1 - doubt))
        return PredictedSample(
            sample: sample(number, key: key),
            prediction: Prediction(
                id: UInt32(number), row: number, label: label, predicted: predicted, logits: logits))
    }

    static let classes = (0..<10).map(String.init)

    /// - Parameter loss: of train, instead of a good one
    static func epoch(
        _ number: Int, speed: Double = 0.5, loss: Double? = nil, hasValidation: Bool = true
    ) -> EpochMetrics {
        let decay = 1 / (1 + speed * Double(number))
        let wobble = number % 3 == 0 ? 0.012 : 0
        let validation = SplitMetrics(
            loss: 0.24 * decay + wobble, accuracy: 1 - 0.055 * decay - wobble / 5)
        return EpochMetrics(
            epoch: number,
            train: SplitMetrics(loss: loss ?? 0.3 * decay * decay, accuracy: 1 - 0.08 * decay * decay),
            validation: hasValidation ? validation : nil, rate: 0.001 * decay,
            samplesPerSecond: 21_400 - Double(number * 37 % 900), seconds: 2.6)
    }

    static let recipe = unfailing { try Recipe.named("cnn") }
    static let architecture = unfailing { try Architecture(recipe, classes: 10) }

    private static func unfailing<T>(_ body: () throws -> T) -> T {
        do {
            return try body()
        } catch {
            fatalError("\(error)")
        }
    }

    static let confusion = ConfusionMatrix(
        rows: (0..<10).map { label in
            (0..<10).map { predicted in
                let cell = label * 10 + predicted
                return label == predicted ? 690 - cell : cell * 31 % 17 == 3 ? cell % 7 + 1 : 0
            }
        })

    static func run(
        _ name: String = "mnist-cnn-1", state: RunReport.State = .finished, epochs count: Int = 20,
        speed: Double = 0.5
    ) -> RunReport {
        var run = RunReport(
            name: name, state: state, datasetName: "mnist", datasetDigest: Digest(of: "mnist"),
            classes: classes, recipe: recipe, architecture: architecture,
            epochs: (0..<count).map { epoch($0 + 1, speed: speed) })
        if state == .finished {
            run.test = SplitMetrics(loss: 0.0241, accuracy: 0.9907)
            run.confusion = (.test, confusion)
            run.mistakes = (0..<24).map { prediction($0) }
        }
        if count > 0 { run.samples = (0..<12).map { prediction($0 * 4 + 1) } }
        return run
    }

    static func audit(_ keys: [String]) -> AuditReport {
        AuditReport(
            datasetName: "mnist", datasetDigest: Digest(of: "mnist"), run: "mnist-cnn-1",
            scope: "all samples, each by one of 5 models that did not learn from it",
            measure: .selfConfidence, classes: classes, examined: 70_000, contradicted: 512,
            suspects: keys.enumerated().map { number, key in
                let doubt = Double(number) / 1000
                return (number + 1, prediction(number, key: key, predicted: (number + 4) % 10, doubt: doubt))
            })
    }

    private static func manifest(classes: [String], shard: String) -> Manifest {
        guard let names = ClassNames(ordered: classes.map { Key(utf8: $0).text }) else {
            fatalError("classes have different names")
        }
        let digest = Digest(of: "made up")
        let counts = classes.indices.map { 100 + $0 * 7 % 40 }
        let total = counts.reduce(0, +)
        let splits = Split.allCases.map { split in
            let copies = split == .train ? 100 : 0
            let record = ShardRecord(
                name: split == .test ? shard : split.rawValue, samples: total + copies, bytes: 100_000,
                sha256: digest, contentBytes: 200_000, contentSHA256: digest, blockSamples: 256, frames: [])
            let contents = Manifest.SplitContents(
                samples: total, copies: copies, classes: counts, shards: [record])
            return (split, contents)
        }
        let file = Manifest.SideFile(
            name: "provenance.csv", bytes: 100, sha256: digest, contentBytes: 100, contentSHA256: digest,
            rows: 3 * total)
        return Manifest(
            name: "made-up", seed: 7, classes: names,
            image: ImageShape(size: ImageSize(width: 28, height: 28), channels: 1),
            samples: 3 * total, rejected: 250, duplicates: .init(groups: 9, samples: 20),
            splits: Dictionary(uniqueKeysWithValues: splits), mean: [0.13], std: [0.31],
            compression: .init(codec: .zstd, level: 3), configuration: .object(["name": .string("made-up")]),
            provenance: file, rejections: file, findingTable: file)
    }

    /// A dataset with classes of the given names, twenty-five samples of each, and one of every kind of trouble.
    static func dataset(
        classes: [String], keys: [String], shard: String = "test-00000-of-00001.safetensors.zst"
    ) -> DatasetReport {
        DatasetReport(
            manifest: manifest(classes: classes, shard: shard),
            sheets: classes.indices.flatMap { label in
                Split.allCases.map { split in
                    .init(
                        split: split, label: label,
                        samples: (0..<25).map { sample($0, key: keys[$0 % keys.count]) })
                }
            },
            means: classes.indices.map { $0 == 1 ? nil : image($0) },
            histogram: (0..<256).map { $0 == 0 ? 1_000_000 : $0 == 100 ? 0 : $0 * 13 }, measured: 640,
            duplicates: (0..<9).map { [sample($0), sample($0, key: keys[$0 % keys.count])] },
            rejections: keys.map { Rejection(key: Key(utf8: $0), reason: "truncated JPEG") },
            findings: [
                (
                    finding: Finding(name: "blank", rule: "hardly any ink", threshold: 24, samples: 40),
                    examples: (0..<5).map { [sample($0)] }
                )
            ])
    }
}
