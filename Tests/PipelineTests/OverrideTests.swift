// What flags change in a pipeline, one by one; and what goes to the scratch file.

import Configuration
import Dataset
import Foundation
import Imaging
import TestSupport
import Testing

@testable import Pipeline

@Suite("Overrides and budgets")
struct OverrideTests {
    @Test("size, filter and fit are changed one by one, and only where there is a size")
    func overrides() throws {
        var configuration = try PipelineConfiguration.named("kaggle")
        let size = ImageSize(width: 20, height: 30)
        try configuration.override(size: size, filter: nil, fit: nil)
        #expect(configuration.stages.contains(.resize(size: size, filter: .bilinear, fit: .stretch)))
        try configuration.override(size: nil, filter: .lanczos, fit: nil)
        #expect(configuration.stages.contains(.resize(size: size, filter: .lanczos, fit: .stretch)))
        try configuration.override(size: nil, filter: nil, fit: .contain)
        #expect(configuration.stages.contains(.resize(size: size, filter: .lanczos, fit: .contain)))
        #expect(throws: ConfigurationError.self) {
            var mnist = try PipelineConfiguration.named("mnist")
            try mnist.override(size: nil, filter: .box, fit: nil)
        }
    }

    @Test("of two resize stages, the last decides the size, and JPEGs are decoded for the larger")
    func twoSizes() throws {
        var configuration = PipelineConfiguration(
            name: "x", source: .images,
            stages: [
                .resize(size: ImageSize(width: 64, height: 64), filter: .bilinear, fit: .stretch), .grayscale,
                .resize(size: ImageSize(width: 28, height: 28), filter: .box, fit: .stretch),
            ])
        configuration.scaleDenominator = .auto
        #expect(configuration.decodingTarget == ImageSize(width: 64, height: 64))
        try configuration.override(size: ImageSize(width: 32, height: 32), filter: nil, fit: nil)
        #expect(configuration.stagedShape?.size == ImageSize(width: 32, height: 32))
        // MNIST's shape traces the ink in an image that may be sixteen times as large.
        configuration.stages = [
            .grayscale, .resize(size: ImageSize(width: 28, height: 28), filter: .bilinear, fit: .mnist),
        ]
        #expect(configuration.decodingTarget == ImageSize(width: 448, height: 448))
    }

    @Test("lists of class names of a megabyte are read back, also with what YAML has other meanings for")
    func longDefinition() throws {
        var configuration = try PipelineConfiguration.named("mnist")
        configuration.about.description = "x&b, y*b " + String(repeating: "0123456789", count: 90_000)
        let text = configuration.definition.yamlText
        #expect(text.utf8.count > 900_000)
        let again = try PipelineConfiguration(definition: configuration.definition, file: "test")
        #expect(again.definition.yamlText == text)
        #expect(throws: ConfigurationError.self) { try PipelineConfiguration(yaml: text, file: "test") }
    }

    @Test("a configuration made in code that no file could hold is refused before anything is written")
    func unusable() throws {
        let folder = try TemporaryFolder()
        let changes: [(inout PipelineConfiguration) -> Void] = [
            { $0.stages = [.grayscale, .rgb] }, { $0.stages = [.polarity(.invert), .grayscale] },
            { $0.name = "a/b" },
            { $0.augmentation = .init(Augmentation(.affine(rotation: 5, shift: 0)), copies: 300) },
        ]
        for change in changes {
            var configuration = try PipelineConfiguration.named("kaggle")
            change(&configuration)
            let preparation = Preparation(
                configuration: configuration, input: Fixtures.path("digits.zip"), output: folder("x"))
            #expect(throws: ConfigurationError.self) { try preparation.run() }
            #expect(!FileManager.default.fileExists(atPath: folder("x")))
        }
    }

    @Test("what is beyond the budget goes to the scratch file, and no more")
    func scratchBytes() throws {
        let folder = try TemporaryFolder()
        // Chunks of four images of a megabyte: the budget holds two.
        let store = PixelStore(imageBytes: 1 << 20, memory: 8 << 20, scratchFolder: folder.path)
        _ = try store.reserve(8)
        #expect(store.scratchBytes == 0)
        _ = try store.reserve(3)
        #expect(store.scratchBytes == 3 << 20)
    }
}
