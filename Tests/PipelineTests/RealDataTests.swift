// On the real Kaggle archive and MNIST, where PREP_REAL_DATA names their folder.

import Dataset
import Foundation
import Parallel
import Shards
import TestSupport
import Testing

@testable import Pipeline

@Suite("Real data", .enabled(if: Fixtures.realData != nil), .serialized)
struct RealDataTests {
    private let folder: TemporaryFolder

    init() throws { folder = try TemporaryFolder() }

    private func prepare(_ pipeline: String, _ input: String, officialTest: Bool = false) throws
        -> PreparedDataset
    {
        var configuration = try PipelineConfiguration.named(pipeline)
        configuration.officialTest = officialTest
        _ = try Preparation(
            configuration: configuration, input: input, output: folder("x"), workers: 2, memory: 1 << 28,
            overwrite: true
        ).run()
        return try PreparedDataset(folder("x"))
    }

    private func sizes(_ manifest: Manifest) -> [Int] {
        Split.allCases.map { manifest[$0].samples }
    }

    private func storedBytes(_ manifest: Manifest) -> Int {
        manifest.shards.reduce(0) { $0 + $1.record.bytes }
    }

    /// Every image in id order, which is key order.
    private func images(_ dataset: PreparedDataset) throws -> [UInt8] {
        let area = dataset.manifest.image.size.area
        var images = [UInt8](repeating: 0, count: dataset.manifest.samples * area)
        for shard in dataset.manifest.shards {
            let samples = try ShardReader(dataset, shard.split, shard.number).samples()
            for row in samples.ids.indices {
                images.replaceSubrange(
                    Int(samples.ids[row]) * area..<(Int(samples.ids[row]) + 1) * area,
                    with: samples.image(row))
            }
        }
        return images
    }

    @Test("Kaggle: exact sizes, fair classes, 55 duplicate pairs together, small files, Pillow's pixels")
    func kaggle() throws {
        let dataset = try prepare("kaggle", Fixtures.kaggleArchive)
        let manifest = dataset.manifest
        #expect(manifest.samples == 21_555 && manifest.rejected == 0)
        #expect(sizes(manifest) == [17_244, 2_156, 2_155])
        let classSizes = [2236, 2241, 2233, 2202, 2179, 2126, 2121, 2116, 2085, 2016]
        for (label, size) in classSizes.enumerated() {
            for split in Split.allCases {
                let found = Double(manifest[split].classes[label])
                #expect(abs(found - Double(size) * SplitRatios.standard.shares[split.index]) <= 1)
            }
        }
        #expect(manifest.duplicates == .init(groups: 55, samples: 110))
        let rows = try dataset.provenance()
        let splitOf = Dictionary(uniqueKeysWithValues: rows.map { ($0.key, $0.split) })
        for k in 1...55 {
            #expect(splitOf["4/Four_full (\(k)).jpg"] == splitOf["4/Four_full (\(k + 55)).jpg"])
        }
        #expect(Verification(of: dataset, workers: 2).problems.isEmpty)
        #expect(storedBytes(manifest) < 7_500_000)
        #expect(manifest.provenance.bytes < 1_500_000)
        // Oracle: Pillow, by Tests/Oracles/make_resize_goldens.py --kaggle.
        let golden = try #require(
            try Fixtures.lines("resize-golden.txt").first { $0.hasPrefix("kaggle-28x28-bilinear ") })
        #expect(Digest(of: try images(dataset)).hex == golden.split(separator: " ").last.map(String.init))
    }

    /// Oracle: eyes. Of 200 photos drawn at random and looked at, 27 had lines; 25 of them are found, and no other.
    @Test("Kaggle: frame lines, faint ink, gray paper and rescans are found")
    func kaggleFindings() throws {
        let dataset = try prepare("kaggle", Fixtures.kaggleArchive)
        let findings = dataset.manifest.findings
        let keys = try dataset.provenance().map(\.key)
        func finding(_ kind: FindingKind) throws -> Finding {
            try #require(findings.first { $0.name == kind.rawValue })
        }
        let frames = Double(try finding(.frame).samples) / 21_555
        #expect((0.10...0.15).contains(frames))
        #expect((10...60).contains(try finding(.faint).samples))
        let gray = Set(try finding(.grayPaper).examples.map { keys[Int($0)] })
        for number in 1048...1054 { #expect(gray.contains("9/Nine_full (\(number)).jpg")) }
        let pairs = Set(try finding(.duplicate).groups?.map { $0.map { keys[Int($0)] }.sorted() } ?? [])
        #expect(pairs.count == 55)
        for k in 1...55 {
            #expect(pairs.contains(["4/Four_full (\(k)).jpg", "4/Four_full (\(k + 55)).jpg"].sorted()))
        }
        // Two scans of one sheet.
        let near = try finding(.nearDuplicate).groups?.map { $0.map { keys[Int($0)] }.sorted() } ?? []
        #expect(near.contains(["2/Two_full (30).jpg", "2/Two_full (75).jpg"]))
        #expect(try finding(.blank).samples == 0 && finding(.conflicting).samples == 0)
    }

    @Test("MNIST: hardly any false alarms")
    func mnistFindings() throws {
        let findings = try #require(try prepare("mnist", Fixtures.mnistFolder).manifest.findings)
        for finding in findings {
            #expect(
                finding.samples <= (finding.name == "edge" ? 700 : 7), "\(finding.name): \(finding.samples)")
        }
    }

    @Test("MNIST: exact sizes, small files, its own mean and deviation")
    func mnist() throws {
        let manifest = try prepare("mnist", Fixtures.mnistFolder).manifest
        #expect(sizes(manifest) == [56_000, 7_000, 7_000])
        #expect(manifest.duplicates == .init(groups: 0, samples: 0))
        #expect(storedBytes(manifest) < 12_000_000)
        #expect(manifest.provenance.bytes < 700_000)
        #expect(abs(manifest.mean[0] - 0.1307) < 0.001 && abs(manifest.std[0] - 0.3081) < 0.001)
    }

    @Test("MNIST with --official-test: the 10,000 are exactly t10k, pixel for pixel")
    func officialTest() throws {
        let dataset = try prepare("mnist", Fixtures.mnistFolder, officialTest: true)
        // One image of train nearly is one of t10k.
        #expect(sizes(dataset.manifest) == [53_332, 6_667, 10_000] && dataset.manifest.rejected == 1)
        for row in try dataset.provenance() {
            #expect((row.split == .test) == row.key.text.hasPrefix("t10k/"))
        }
        let verification = try SourceVerification.check(dataset, against: [Fixtures.mnistFolder], workers: 2)
        #expect(verification.problems.isEmpty)
    }

    /// Oracle: every image compared with every other, row by row until the distance is too large.
    @Test(
        "near-duplicates of Kaggle's images are those of a comparison of all, and lie in one split",
        .timeLimit(.minutes(5)))
    func nearDuplicates() throws {
        let dataset = try prepare("kaggle", Fixtures.kaggleArchive)
        let images = try images(dataset)
        let (size, count) = (dataset.manifest.image.size, dataset.manifest.samples)
        let expected = Lock<[NearPairs.Pair]>([])
        forEachIndex(below: count, workers: 2) { (_: Int, a: Int) in
            let found = images.withUnsafeBufferPointer { images in
                (a + 1..<max(count, a + 1)).compactMap { b -> NearPairs.Pair? in
                    var distance = 0
                    for row in 0..<28 where distance <= 16 * 16 * 784 {
                        for column in row * 28..<row * 28 + 28 {
                            let difference = Int(images[a * 784 + column]) - Int(images[b * 784 + column])
                            distance += difference * difference
                        }
                    }
                    let isNear = distance <= 16 * 16 * 784
                    return isNear ? .init(distance: distance, a: UInt32(a), b: UInt32(b)) : nil
                }
            }
            expected.withLock { $0 += found }
        }
        let store = PixelStore(imageBytes: 784, memory: 1 << 28, scratchFolder: folder.path)
        let first = try store.reserve(count).lowerBound
        try images.withUnsafeBufferPointer { try store.write($0, from: first) }
        let all = expected.withLock { $0.sorted() }
        for levels in [4, 8, 16] {
            let found = try NearPairs(
                (0..<count).map { (UInt32($0), UInt32($0)) }, in: store,
                shape: ImageShape(size: size, channels: 1), levels: Double(levels),
                limit: .max, workers: 2)
            #expect(found.pairs == all.filter { $0.distance <= levels * levels * 784 })
        }
        let rows = try dataset.provenance()
        for pair in all where pair.distance <= 8 * 8 * 784 {
            #expect(rows[Int(pair.a)].split == rows[Int(pair.b)].split)
        }
    }
}
