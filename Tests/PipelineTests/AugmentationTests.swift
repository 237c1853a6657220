// Augmentation in pipelines: how it is written, what the manifest keeps, and what copies hold.

import Configuration
import Dataset
import Imaging
import Shards
import TestSupport
import Testing

@testable import Pipeline

@Suite("Augmentation of a preparation")
struct AugmentationTests {
    private static let head = "name: x\nsource: images\nstages:\n  - grayscale\n"
    private static let all = Augmentation(
        .erase(8, probability: 0.25), .flip(probability: 1), .crop(4), .elastic(alpha: 30, sigma: 4),
        .affine(rotation: 10, shift: 2.5), .contrast(0.2), .brightness(0.3, probability: 0.5))

    private func read(_ augment: String) throws -> PipelineConfiguration.AugmentedCopies? {
        try PipelineConfiguration(yaml: Self.head + "augment: \(augment)\n", file: "p.yaml").augmentation
    }

    @Test("a flag lists operations in any order; they are applied in the usual one")
    func flag() throws {
        let text =
            "rotate=10,shift=2,flip=horizontal,crop=4,erase=8,elastic=30/4,brightness=0.2,contrast=0.1,copies=2"
        let expected = Augmentation(
            .crop(4), .flip(), .affine(rotation: 10, shift: 2), .elastic(alpha: 30, sigma: 4),
            .brightness(0.2),
            .contrast(0.1), .erase(8))
        #expect(try PipelineConfiguration.AugmentedCopies(text: text) == .init(expected, copies: 2))
        let one = try PipelineConfiguration.AugmentedCopies(text: "flip=vertical")
        #expect(one == .init(Augmentation(.flip(vertical: true)), copies: 1))
    }

    @Test("YAML adds an order and probabilities")
    func yaml() throws {
        #expect(
            try read("{flip: horizontal, crop: 4, order: [flip, crop], probability: {crop: 0.5}, copies: 3}")
                == .init(Augmentation(.flip(), .crop(4, probability: 0.5)), copies: 3))
        #expect(
            try read("{erase: 8, shear: 3}") == .init(Augmentation(.affine(shear: 3), .erase(8)), copies: 1))
        #expect(try read("none") == nil)
    }

    @Test("an affine augmentation alone is recorded as it was when there were no others")
    func affineAlone() throws {
        var configuration = try PipelineConfiguration.named("kaggle")
        configuration.augmentation = .init(Augmentation(.affine(rotation: 12.5, scale: 0.1)), copies: 3)
        #expect(
            configuration.definition.canonicalText.contains(
                #""augment":{"copies":3,"rotate":12.5,"scale":0.1,"shear":0,"shift":0},"#))
        // Copies without ranges are what they were, too: unchanged.
        #expect(try read("{copies: 2}") == .init(Augmentation(.affine()), copies: 2))
    }

    @Test("what the manifest keeps is read back, with order and probabilities")
    func roundTrip() throws {
        for augmentation in [
            Self.all, Augmentation(.flip()), Augmentation(.flip(probability: 1)),
            Augmentation(.crop(3), .erase(2)),
            Augmentation(.affine(rotation: 3, probability: 0.5)),
        ] {
            var configuration = try PipelineConfiguration.named("kaggle")
            configuration.augmentation = .init(augmentation, copies: 2)
            let text = configuration.definition.canonicalText
            #expect(try PipelineConfiguration(yaml: text, file: "dataset.json") == configuration, "\(text)")
        }
    }

    @Test(
        "a mistake says what is allowed",
        arguments: [
            ("{flip: diagonal}", ["flip", "“diagonal”", "horizontal, vertical"]),
            ("{crop: 1.5}", ["crop", "“1.5” is not a whole number between 0 and 1024"]),
            ("{crop: -1}", ["crop: -1 is not between 0 and 1024"]),
            ("{erase: big}", ["erase", "whole number"]),
            ("{elastic: 30}", ["elastic", "“30”", "30/4"]), ("{elastic: 30/0}", ["30/0"]),
            ("{brightness: 1.1}", ["brightness: 1.1 is not between 0 and 1"]),
            ("{contrast: nan}", ["contrast: nan is not between"]),
            ("{turn: 4}", ["unknown key “turn”", "crop, flip, rotate", "order, probability, copies"]),
            ("{flip: horizontal, crop: 4, order: [flip]}", ["order", "once: crop, flip"]),
            ("{flip: horizontal, order: [flip, flip]}", ["order"]),
            ("{flip: horizontal, order: flip}", ["order must be a list"]),
            ("{flip: horizontal, probability: {crop: 0.5}}", ["unknown key “crop” in probability", "flip"]),
            ("{flip: horizontal, probability: {flip: 2}}", ["flip: 2 is not between 0 and 1"]),
            ("{flip: horizontal, probability: 0.5}", ["probability must hold keys and values"]),
            ("flip", ["augment must hold keys and values"]), ("{flip: [horizontal]}", ["single value"]),
        ])
    func mistake(text: String, words: [String]) {
        let error = #expect(throws: ConfigurationError.self) { try read(text) }
        for word in words { #expect(error?.reason.contains(word) == true, "\(error?.reason ?? "")") }
    }

    @Test(
        "a flag with a mistake says what is allowed",
        arguments: [
            ("turn=4", ["unknown key “turn”", "crop, flip, rotate", "copies"]),
            ("flip", ["“flip”", "rotate=10"]),
            ("flip=horizontal,flip=vertical", ["--augment flip: given twice"]),
            ("crop=x", ["--augment crop: “x” is not a whole number"]),
            ("rotate=1,,shift=2", ["“”"]), ("copies=0", ["--augment copies: 0 is not between 1 and 255"]),
            ("elastic=1/2/3", ["1/2/3"]),
            ("flip=horizontal=1", ["flip=horizontal=1"]), ("order=flip", ["unknown key “order”"]),
        ])
    func flagMistake(text: String, words: [String]) {
        let error = #expect(throws: ConfigurationError.self) {
            try PipelineConfiguration.AugmentedCopies(text: text)
        }
        #expect(error?.file.hasPrefix("--augment") == true)
        for word in words {
            #expect(error?.description.contains(word) == true, "\(error?.description ?? "")")
        }
    }

    @Test("an augmentation made in code that no file could hold is refused")
    func unusable() throws {
        let folder = try TemporaryFolder()
        for augmentation in [
            Augmentation(.flip(), .flip()), Augmentation(.crop(-3)), Augmentation(.contrast(.nan)),
        ] {
            #expect(throws: ConfigurationError.self) {
                try prepareDataset(Fixtures.path("digits.zip"), to: folder("x")) {
                    $0.augmentation = .init(augmentation, copies: 1)
                }
            }
        }
    }

    /// Oracle: an augmenter with the random numbers of the key and the copy's number.
    @Test("a copy is what its key and number draw, in gray and in colour", arguments: ["grayscale", "rgb"])
    func copies(stage: String) throws {
        let folder = try TemporaryFolder()
        let stages = "stages:\n  - \(stage)\n  - resize: {size: 20x16}\n"
        let configuration = try PipelineConfiguration(
            yaml: "name: x\nsource: images\n" + stages, file: "p.yaml")
        _ = try prepareDataset(Fixtures.path("digits.zip"), to: folder("x")) {
            $0 = configuration
            $0.seed = 5
            $0.augmentation = .init(Self.all, copies: 2)
        }
        let dataset = try PreparedDataset(folder("x"))
        #expect(Verification(of: dataset, workers: 2).problems.isEmpty)
        let keys = try dataset.provenance().map(\.key)
        let augmenter = Augmenter(Self.all, shape: dataset.manifest.image)
        var originals: [UInt32: [UInt8]] = [:]
        var checked = 0
        let shards = try dataset.manifest[.train].shards.indices.map {
            try ShardReader(dataset, .train, $0).samples()
        }
        for samples in shards {
            for row in samples.ids.indices where samples.copies?[row] == 0 {
                originals[samples.ids[row]] = Array(samples.image(row))
            }
        }
        for samples in shards {
            for row in samples.ids.indices where samples.copies?[row] != 0 {
                let (id, copy) = (samples.ids[row], samples.copies?[row] ?? 0)
                var random = SeededRandom(
                    seed: 5, purpose: .augmentation, epoch: UInt64(copy), sample: keys[Int(id)].identity)
                let expected = try #require(originals[id]).withUnsafeBufferPointer {
                    Array(augmenter.augment($0, &random))
                }
                #expect(Array(samples.image(row)) == expected)
                checked += 1
            }
        }
        #expect(checked == 326)
    }
}
