// Images in colour, and what decides that a dataset is gray.

import Configuration
import Dataset
import Foundation
import Imaging
import Shards
import TestSupport
import Testing

@testable import Pipeline

@Suite("Colour")
struct ColourTests {
    private let folder: TemporaryFolder
    private let size = ImageSize(width: 24, height: 18)

    init() throws { folder = try TemporaryFolder() }

    /// JPEGs of noise under two labels; all are gray but for `colourful` of them.
    private func photos(_ name: String, count: Int = 40, colourful: Int) throws -> String {
        for number in 0..<count {
            var random = SeededRandom(seed: 7, purpose: .shuffle, epoch: UInt64(number))
            let pixels = (0..<size.area).flatMap { _ -> [UInt8] in
                let level = UInt8(random.below(256))
                return number < colourful
                    ? [level, UInt8(random.below(256)), UInt8(random.below(256))] : [level, level, level]
            }
            let bytes = try JPEGEncoder().encode(rgb: pixels, size: size, quality: 95)
            try folder.write("\(name)/\(number % 2)/\(number).jpg", bytes)
        }
        return folder(name)
    }

    private func prepare(
        _ input: String, _ output: String, memory: Int = 1 << 28,
        _ change: (inout PipelineConfiguration) throws -> Void = { _ in }
    ) throws -> PreparedDataset {
        _ = try prepareDataset(input, to: folder(output), pipeline: "images", memory: memory) {
            $0.shardBytes = 20_000
            $0.folds = 2
            $0.stages = []
            try change(&$0)
        }
        return try PreparedDataset(folder(output))
    }

    /// Oracle: the decoder, whose pixels DecodingTests compare with Pillow's, and naive sums.
    @Test("shards hold red, green and blue as decoded, and statistics of each", arguments: [1 << 28, 0])
    func pixels(memory: Int) throws {
        let input = try photos("in", colourful: 40)
        let dataset = try prepare(input, "x", memory: memory)
        let manifest = dataset.manifest
        #expect(manifest.image == ImageShape(size: size, channels: 3))
        let rows = try dataset.provenance()
        var (sums, squares, count) = ([0.0, 0, 0], [0.0, 0, 0], 0.0)
        for (split, number, _) in manifest.shards {
            let samples = try ShardReader(dataset, split, number).samples()
            for row in 0..<samples.count {
                let bytes = try Array(
                    Data(contentsOf: URL(fileURLWithPath: "\(input)/\(rows[Int(samples.ids[row])].key)")))
                var decoder = ImageDecoder()
                var image = PixelBuffer()
                _ = try bytes.withUnsafeBytes { try decoder.decode($0, into: &image) }
                let isEqual = samples.image(row).elementsEqual(image.bytes)
                #expect(isEqual, "\(rows[Int(samples.ids[row])].key)")
                guard split == .train else { continue }
                for (index, level) in image.bytes.enumerated() {
                    sums[index % 3] += Double(level) / 255
                    squares[index % 3] += Double(level) * Double(level) / 255 / 255
                }
                count += Double(size.area)
            }
        }
        for channel in 0..<3 {
            let mean = sums[channel] / count
            #expect(abs(manifest.mean[channel] - mean) < 1e-9)
            let deviation = (squares[channel] / count - mean * mean).squareRoot()
            #expect(abs(manifest.std[channel] - deviation) < 1e-9)
        }
        #expect(Verification(of: dataset, workers: 2).problems.isEmpty)
        #expect(try SourceVerification.check(dataset, against: [input], workers: 2).problems.isEmpty)
    }

    @Test("a dataset is gray if every image is, and then that of the stage grayscale")
    func gray() throws {
        let input = try photos("gray photos", colourful: 0)
        let digests = try [PipelineConfiguration.Channels.auto, .gray].map { channels in
            let dataset = try prepare(input, "\(channels)") { try $0.override(channels: channels) }
            #expect(dataset.manifest.image.channels == 1)
            #expect(try SourceVerification.check(dataset, against: [input], workers: 2).problems.isEmpty)
            return dataset.manifest.digest
        }
        #expect(digests[0] == digests[1])
        #expect(try prepare(input, "low", memory: 0).manifest.digest == digests[0])
        let coloured = try prepare(input, "rgb") { try $0.override(channels: .rgb) }
        #expect(coloured.manifest.image.channels == 3)
        #expect(coloured.manifest.mean.allSatisfy { $0 == coloured.manifest.mean[0] })
        // One image decides.
        #expect(try prepare(photos("one", colourful: 1), "one out").manifest.image.channels == 3)
    }

    @Test("steps agree, though a part with gray images alone does not know of the others", arguments: [0, 1])
    func steps(colourful: Int) throws {
        let input = try photos("in", colourful: colourful)
        let whole = try prepare(input, "whole").manifest
        var configuration = try PipelineConfiguration.named("images")
        (configuration.shardBytes, configuration.folds, configuration.stages) = (20_000, 2, [])
        let made = try WorkFolder(folder("work"), configuration, inputs: [input], parts: 3).run(
            [input], to: folder("out"), workers: 2, memory: 1 << 28, overwrite: false)
        #expect(made.digest == whole.digest && made.image.channels == (colourful == 0 ? 1 : 3))
        #expect(made.json == whole.json)
    }

    @Test("what needs gray images makes them gray, or says so")
    func grayStages() throws {
        var configuration = try PipelineConfiguration.named("images")
        #expect(configuration.channels == .auto)
        try configuration.override(polarity: .auto)
        #expect(configuration.channels == .gray)
        #expect(throws: ConfigurationError.self) { try configuration.override(channels: .rgb) }
        var placed = try PipelineConfiguration.named("images")
        try placed.override(size: nil, filter: nil, fit: .mnist)
        #expect(placed.stages.first == .grayscale)
        try placed.override(size: nil, filter: nil, fit: .cover)
        try placed.override(channels: .auto)
        #expect(placed.channels == .auto)
    }

    @Test("rules about ink are for ink on paper: photos are exempt, and the finding says why")
    func ink() throws {
        let noise = try prepare(photos("in", colourful: 40), "x").manifest
        let edge = try #require(noise.findings.first { $0.name == "edge" })
        #expect(edge.samples == 0 && edge.rule.contains("for ink on paper"))
        let digits = try prepareDataset(Fixtures.path("digits.zip"), to: folder("digits"), pipeline: "images")
        let frame = try #require(digits.findings.first { $0.name == "frame" })
        #expect(!frame.rule.contains("for ink on paper"))
    }

    @Test("a photo is predicted in the channels of the model's dataset")
    func predicted() throws {
        let photo = Fixtures.path("images/jpeg-rgb-420.jpg")
        let configuration = try PipelineConfiguration.named("images")
        for channels in [1, 3] {
            var preparation = ImagePreparation(configuration, channels: channels)
            try preparation.forEachImage(at: photo) { outcome in
                #expect(outcome.pixels.count == 784 * channels, "\(outcome)")
            }
        }
    }
}
