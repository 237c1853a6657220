// What is fuzzed: everything that reads bytes from outside, each as near to its parser as possible.

import Configuration
import Dataset
import Foundation

@testable import Imaging
@testable import Ingest
@testable import Loader
@testable import Pipeline
@testable import Shards
@testable import Storage
@testable import Training

enum Targets {
    /// By name, as in `scripts/fuzz`.
    nonisolated(unsafe) static let all: [String: (UnsafeRawBufferPointer) throws -> Void] = [
        "image": image, "idx-images": idxImages, "idx-labels": idxLabels, "archive": archive,
        "csv-pixels": csvPixels, "npz": npz, "labels-table": labelsTable,
        "decisions": decisions,
        "safetensors": safetensors, "json": json, "manifest": manifest, "provenance": provenance,
        "yaml": yaml,
        "model": model, "checkpoint": checkpoint,
    ]

    // MARK: Images

    private nonisolated(unsafe) static var reused = ImageDecoder()

    /// JPEG, PNG, WebP, TIFF, GIF, BMP. What an image decodes to must not depend on the images before it.
    private static func image(_ bytes: UnsafeRawBufferPointer) throws {
        var fresh = ImageDecoder()
        let (first, second) = (outcome(bytes, &fresh), outcome(bytes, &reused))
        precondition(first == second, "a decoder that was used before gives another result")
    }

    private static func outcome(
        _ bytes: UnsafeRawBufferPointer, _ decoder: inout ImageDecoder
    ) -> (pixels: [UInt8], problem: String) {
        var image = PixelBuffer()
        do throws(ImageError) {
            _ = try decoder.decode(bytes, into: &image)
        } catch {
            return ([], error.description)
        }
        return (Array(image.bytes), "")
    }

    // MARK: Inputs

    private static let folder: String = {
        let path = NSTemporaryDirectory() + "/prep-fuzz-\(getpid())"
        mkdir(path, 0o700)
        return path
    }()

    /// Writes a file that the targets read; the name is that of the last of them.
    private static func file(_ name: String, _ bytes: some Sequence<UInt8>) throws -> String {
        let path = "\(folder)/\(name)"
        try Data(bytes).write(to: URL(fileURLWithPath: path))
        return path
    }

    private static func readAll(_ source: any EntrySource) throws {
        var batch = EntryBatch()
        var images = 0
        while true {
            try source.fill(&batch)
            if batch.entries.isEmpty { return }
            for entry in batch.entries {
                images += batch.withBytes(of: entry) { $0.count } > 0 ? 1 : 0
            }
        }
    }

    private static func idxImages(_ bytes: UnsafeRawBufferPointer) throws {
        _ = try file("train-images-idx3-ubyte", bytes)
        _ = try file("train-labels-idx1-ubyte", [0, 0, 8, 1, 0, 0, 0, 2, 0, 1])
        try readAll(PixelParts(idx: folder))
    }

    private static func idxLabels(_ bytes: UnsafeRawBufferPointer) throws {
        _ = try file("train-images-idx3-ubyte", [0, 0, 8, 3, 0, 0, 0, 2, 0, 0, 0, 1, 0, 0, 0, 1, 5, 6])
        _ = try file("train-labels-idx1-ubyte", bytes)
        try readAll(PixelParts(idx: folder))
    }

    private static func csvPixels(_ bytes: UnsafeRawBufferPointer) throws {
        let path = try file("table.csv", bytes)
        for needsLabels in [true, false] {
            try? readAll(PixelTable(path: path, options: PixelOptions(), needsLabels: needsLabels))
        }
    }

    /// A zip of arrays, or a single one.
    private static func npz(_ bytes: UnsafeRawBufferPointer) throws {
        try readAll(openPixels(at: file("arrays", bytes), options: PixelOptions(), needsLabels: false))
    }

    private static func labelsTable(_ bytes: UnsafeRawBufferPointer) throws {
        let table = try LabelTable(contentsOf: file("labels.csv", bytes), columns: LabelColumns())
        for (number, row) in table.rows.enumerated() {
            let path = EntryPath(row.key.bytes)
            // A name such as “/” has no last part, which no image lacks. Names that differ in “.” alone are several rows.
            guard !path.components.isEmpty else { continue }
            let found = table.rows(matching: row.key)
            precondition(found.count > 1 || found == [number], "a row does not fit its own name")
        }
    }

    /// Decisions that are recorded are read back to the same.
    private static func decisions(_ bytes: UnsafeRawBufferPointer) throws {
        let decisions = try Relabelling(contentsOf: file("decisions.csv", bytes))
        var configuration = PipelineConfiguration(
            name: "x", source: .images,
            stages: [.grayscale, .resize(size: ImageSize(width: 8, height: 8), filter: .box, fit: .stretch)])
        configuration.relabelling = decisions
        let again = try PipelineConfiguration(yaml: configuration.definition.yamlText, file: "x")
        precondition(again.relabelling == decisions, "decisions change when they are recorded")
    }

    /// An archive of any format, its names and its images' bytes.
    private static func archive(_ bytes: UnsafeRawBufferPointer) throws {
        try readAll(openImages(at: file("archive", bytes), entryLimit: 1 << 20))
    }

    // MARK: Datasets

    private static func safetensors(_ bytes: UnsafeRawBufferPointer) throws {
        let header = try SafetensorsHeader(reading: bytes, fileSize: bytes.count, file: "x")
        for tensor in header.tensors {
            precondition(
                header.size + tensor.range.upperBound <= bytes.count, "a tensor lies beyond the file")
        }
    }

    /// What is read is written and read again, to the same value.
    private static func json(_ bytes: UnsafeRawBufferPointer) throws {
        let value = try JSONValue(parsing: Array(bytes))
        let again = try? JSONValue(parsing: Array(value.canonicalText.utf8))
        precondition(again == value, "JSON changes when it is written and read")
    }

    private static func manifest(_ bytes: UnsafeRawBufferPointer) throws {
        let manifest = try Manifest(contentsOf: file("dataset.json", bytes))
        precondition(manifest.samples == Split.allCases.reduce(0) { $0 + manifest[$1].samples })
        _ = try PipelineConfiguration(
            yaml: manifest.configuration.yamlText, file: "the configuration")
    }

    /// The first line of the input is a manifest, the rest its provenance or its findings.
    private static func provenance(_ bytes: UnsafeRawBufferPointer) throws {
        let end = bytes.firstIndex(of: UInt8(ascii: "\n")) ?? bytes.count
        let manifest = try Manifest(contentsOf: file("dataset.json", bytes[..<end]))
        let text = Array(bytes[min(end + 1, bytes.count)...])
        if let found = try? FindingTable.decode(text, of: manifest, file: "findings.csv") {
            precondition(found.count == manifest.findingTable.rows)
        }
        let rows = try Provenance.decode(text, of: manifest, file: "provenance.csv")
        precondition(rows.count == manifest.samples)
    }

    // MARK: Configurations and models

    private static func yaml(_ bytes: UnsafeRawBufferPointer) throws {
        let text = String(decoding: bytes, as: UTF8.self)
        if let pipeline = try? PipelineConfiguration(yaml: text, file: "x") {
            let again = try PipelineConfiguration(yaml: pipeline.definition.yamlText, file: "x")
            precondition(again.definition == pipeline.definition, "a pipeline changes when it is recorded")
        }
        let recipe = try Recipe(yaml: text, file: "x")
        let again = try Recipe(yaml: recipe.yaml, file: "x")
        precondition(again == recipe, "a recipe changes when it is recorded")
        _ = try Architecture(recipe, classes: 10)
    }

    /// A model file whose metadata are the input; its digest is right, since nobody would stop at a wrong one.
    private static func model(_ bytes: UnsafeRawBufferPointer) throws {
        _ = try Model(contentsOf: tensorFile("model.safetensors", bytes, prefixes: [""]))
    }

    private static func checkpoint(_ bytes: UnsafeRawBufferPointer) throws {
        _ = try Checkpoint(
            reading: tensorFile("checkpoint.safetensors", bytes, prefixes: ["weights.", "moment1."]))
    }

    private static func tensorFile(
        _ name: String, _ metadata: UnsafeRawBufferPointer, prefixes: [String]
    ) throws -> String {
        let tensors = prefixes.flatMap { prefix in
            [("1.weight", [10, 784]), ("1.bias", [10])].map { name, shape in
                (prefix + name, shape, [Float](repeating: 0.5, count: shape.reduce(1, *)))
            }
        }
        let content = WeightsFile(metadata: try JSONValue(parsing: Array(metadata)), tensors: tensors)
        return try file(name, content.encoded(for: name).joined())
    }
}
