// Runs, datasets and audits that nobody has ever trained or prepared, to draw pages from.

import Dataset
import Report

enum MadeUp {
    /// Names such as an archive may hold them: markup, quotes, entities, control and direction characters.
    static let hostile = [
        "<script>alert(1)</script>", "\"><img src=x onerror=alert(2)>", "' onmouseover='alert(3)",
        "</title><svg onload=alert(4)>", "javascript:alert(5)", "&lt;b&gt;&amp;", "]]>--><!--",
        "\u{202E}gpj.exe\u{0}\u{1B}[31m\r\n", "line\nbreak\ttab", "</script><script>alert(6)</script>",
    ]

    /// A ring whose size and darkness come from `number`.
    static func image(_ number: Int, side: Int = 28) -> GrayImage {
        let radius = Double(side) * (0.2 + 0.15 * Double(number % 7) / 7)
        let pixels = (0..<side * side).map { index -> UInt8 in
            let (x, y) = (Double(index % side) - Double(side) / 2, Double(index / side) - Double(side) / 2)
            let distance = abs((x * x + y * y * (1 + Double(number % 3) / 4)).squareRoot() - radius)
            return UInt8(max(0, 255 - distance * 110))
        }
        return GrayImage(size: ImageSize(width: side, height: side), pixels: pixels)
    }

    static func sample(_ number: Int, key: String? = nil) -> SampleView {
        SampleView(
            image: image(number), key: key ?? "\(number % 10)/digit (\(number)).png",
            label: String(number % 10), place: .init(split: .test, shard: 0, slot: number),
            source: Digest(of: String(number)))
    }

    static func prediction(_ number: Int, key: String? = nil) -> Prediction {
        Prediction(
            sample: sample(number, key: key), label: number % 10, predicted: (number * 7 + 3) % 10,
            probability: 1 - Double(number) / 100)
    }

    static let classes = (0..<10).map(String.init)

    static func epochs(_ count: Int, speed: Double = 0.5) -> [RunReport.Epoch] {
        (1...count).map { number in
            let decay = 1 / (1 + speed * Double(number))
            let wobble = number % 3 == 0 ? 0.012 : 0
            return RunReport.Epoch(
                number: number, train: .init(loss: 0.3 * decay * decay, accuracy: 1 - 0.08 * decay * decay),
                validation: .init(
                    loss: 0.24 * decay + wobble, accuracy: 1 - 0.055 * decay - wobble / 5),
                learningRate: 0.001 * decay, samplesPerSecond: 21_400 - Double(number * 37 % 900),
                seconds: 2.6)
        }
    }

    static let recipe = RunReport.Recipe(
        name: "cnn", text: "name: cnn\noptimizer: {adam: {rate: 0.001}}\nepochs: 20\nbatch: 128\n",
        layers: [
            .init(name: "convolution 32, 3x3, same; ReLU", outputShape: [32, 28, 28], parameters: 320),
            .init(name: "max-pooling 2", outputShape: [32, 14, 14], parameters: 0),
            .init(name: "convolution 64, 3x3, same; ReLU", outputShape: [64, 14, 14], parameters: 18_496),
            .init(name: "max-pooling 2", outputShape: [64, 7, 7], parameters: 0),
            .init(name: "linear 128; ReLU", outputShape: [128], parameters: 401_536),
            .init(name: "linear 10", outputShape: [10], parameters: 1_290),
        ])

    static var confusion: ConfusionMatrix {
        let counts = (0..<100).map { cell in
            cell / 10 == cell % 10 ? 690 - cell : cell * 31 % 17 == 3 ? cell % 7 + 1 : 0
        }
        return ConfusionMatrix(split: .test, classes: 10, counts: counts)
    }

    static func run(
        _ name: String = "mnist-cnn-1", state: RunReport.State = .finished, epochs count: Int = 20,
        speed: Double = 0.5
    ) -> RunReport {
        RunReport(
            name: name, state: state, datasetName: "mnist", datasetDigest: Digest(of: "mnist"),
            classes: classes, recipe: recipe, epochs: count == 0 ? [] : epochs(count, speed: speed),
            test: state == .finished ? .init(loss: 0.0241, accuracy: 0.9907) : nil,
            confusion: state == .finished ? confusion : nil,
            mistakes: state == .finished ? (0..<24).map { prediction($0) } : [],
            samples: count == 0 ? [] : (0..<12).map { prediction($0 * 4 + 1) })
    }

    static func audit(_ keys: [String]) -> AuditReport {
        AuditReport(
            datasetName: "mnist", datasetDigest: Digest(of: "mnist"), run: "mnist-cnn-1",
            method: "5-fold, out of fold", classes: classes, examined: 70_000,
            suspects: keys.enumerated().map { number, key in
                .init(
                    sample: sample(number, key: key), label: number % 10,
                    labelProbability: Double(number) / 1000,
                    predicted: (number + 4) % 10, probability: 1 - Double(number) / 500)
            })
    }

    /// A dataset with classes of the given names, thirty samples of each, and one of every kind of trouble.
    static func dataset(
        classes: [String], keys: [String], shard: String = "test-00000-of-00001.safetensors.zst"
    )
        -> DatasetReport
    {
        let counts = classes.indices.map { 100 + $0 * 7 % 40 }
        let splits = Split.allCases.map { split in
            DatasetSummary.SplitSummary(
                split: split, samples: counts.reduce(0, +), copies: split == .train ? 100 : 0,
                classes: counts, shards: 1, bytes: 100_000)
        }
        let summary = DatasetSummary(
            folder: "shards/made-up", name: "made-up", digest: Digest(of: "made up"), seed: 7,
            classes: classes, image: ImageSize(width: 28, height: 28),
            samples: counts.reduce(0, +) * 3, rejected: 250, rejectionExamples: [], duplicateGroups: 9,
            duplicateSamples: 20, mean: 0.13, std: 0.31, splits: splits, totalBytes: 300_000)
        return DatasetReport(
            summary: summary,
            sheets: classes.indices.flatMap { label in
                Split.allCases.map { split in
                    .init(
                        split: split, label: label,
                        samples: (0..<25).map { sample($0, key: keys[$0 % keys.count]) }, total: counts[label]
                    )
                }
            },
            pixels: .init(
                means: classes.indices.map { $0 == 1 ? nil : image($0) },
                histogram: (0..<256).map { $0 == 0 ? 1_000_000 : $0 == 100 ? 0 : $0 * 13 }, measured: 640,
                total: 1000),
            duplicates: (0..<9).map { [sample($0), sample($0, key: keys[$0 % keys.count])] },
            rejections: keys.map { ($0, "truncated JPEG") },
            findings: [
                Finding(
                    identifier: "blank", title: "Nearly blank images", rule: "Hardly any ink.",
                    threshold: "deviation below 0.02", count: 40, examples: (0..<5).map { [sample($0)] })
            ],
            configuration: "{\"name\": \"made-up\"}", exampleShard: shard)
    }
}
