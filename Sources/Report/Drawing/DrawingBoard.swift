// A board in a page, on which one draws or drops a photo, and sees at once what a model sees and says. The network runs in
// the page: network.js computes its layers, prepare.js, resize.js and ink.js prepare a picture as the dataset was prepared.

package import Dataset
internal import Foundation
package import Imaging
internal import Loader
internal import Pipeline
package import Shards
internal import Storage
package import Training

/// What a page needs to predict by itself.
package struct DrawingBoard: Sendable {
    /// The content of the element `draw-data`, which answer.js reads.
    private let data: JSONValue

    /// - Parameters:
    ///   - file: of the model, for errors
    ///   - dataset: that the model learned from, whose samples are compared with a drawing; `nil` for none
    ///   - fit: instead of the preparation's; a preparation that does not resize brings gray images to MNIST's shape
    /// - Throws: `TrainingError` if the model's preparation cannot be used, or the dataset has other images or classes than the
    ///   model; `ConfigurationError` if `fit` does not go with the preparation; `ShardError` or `StorageError` if the dataset
    ///   cannot be read
    package init(
        _ model: Model, file: String, dataset: PreparedDataset?, fit: Fit? = nil, jobs: Int
    ) throws {
        if let dataset { try model.requireFit(dataset) }
        let samples = try dataset.map { try DrawingSamples($0, try $0.provenance(), jobs: jobs) }
        try self.init(model, file: file, samples: samples, fit: fit)
    }

    /// - Parameter samples: of images like those of the model
    init(_ model: Model, file: String, samples: DrawingSamples?, fit: Fit? = nil) throws {
        let (about, recipe) = (model.description, model.description.recipe)
        let stages = try Self.stages(about, file: file, fit: fit)
        var members: [Key: JSONValue] = [
            "classes": .strings(about.classes.names.map { $0.visible() }),
            "image": .object(about.image.members),
            "input": .object(recipe.input.members(recipe.pixels)),
            "layers": .array(recipe.layers.map(\.definition)),
            "stages": .array(stages.map(\.definition)),
            "paper": .string(Self.paper(stages, meanLevel: samples?.meanLevel ?? 0)),
            "weights": .string(Self.weights(model)),
        ]
        if let samples, !samples.isEmpty { members["samples"] = samples.json(about.classes) }
        data = .object(members)
    }

    /// All parameters as little-endian F32 in base64. With half precision, logits would differ by up to 8e-3; with 16-bit
    /// integers scaled for each row, by up to 2e-3.
    private static func weights(_ model: Model) -> String {
        var bytes = Data()
        for parameter in model.parameters {
            parameter.values.map(\.bitPattern.littleEndian).withUnsafeBytes { bytes.append(contentsOf: $0) }
        }
        return bytes.base64EncodedString()
    }

    private typealias Stage = PipelineConfiguration.StageConfiguration

    /// The stages of the preparation for any picture: with gray or colour as the dataset has it, and with a size.
    private static func stages(
        _ about: ModelDescription, file: String, fit: Fit?
    ) throws -> [Stage] {
        var configuration = try about.pipeline(file: file)
        let isGray = about.image.channels == 1
        let resizes = configuration.stages.contains { if case .resize = $0 { true } else { false } }
        if let fit = fit ?? (resizes ? nil : isGray ? .mnist : .contain) {
            try configuration.override(size: about.image.size, filter: nil, fit: fit)
        }
        guard configuration.channels == .auto else { return configuration.stages }
        return isGray ? [.grayscale] + configuration.stages : configuration.stages + [.rgb]
    }

    /// The colour of the empty board: the one with which a drawing becomes like the images of the dataset.
    private static func paper(_ stages: [Stage], meanLevel: Double) -> String {
        var isLight = meanLevel >= 128
        for stage in stages {
            switch stage {
            // These find the ink themselves.
            case .polarity(.auto), .resize(_, _, .mnist): return "white"
            case .polarity(.invert): isLight.toggle()
            case .polarity, .resize, .grayscale, .rgb: break
            }
        }
        return isLight ? "white" : "black"
    }

    var section: Page.Section {
        Page.Section(
            identifier: "draw", title: "Try it",
            content: HTML([.drawingMarkup, .data("draw-data", data)]))
    }

    /// A page with the board alone.
    ///
    /// - Parameter name: of the run
    package func page(_ name: String, recipe: String, dataset: String) -> String {
        Page(
            kind: "Model", title: name, subtitle: HTML(text: "Recipe \(recipe), trained on \(dataset)"),
            sections: [section], program: .drawing
        ).text
    }
}

extension ImageShape {
    fileprivate var members: [Key: JSONValue] {
        ["width": .integer(size.width), "height": .integer(size.height), "channels": .integer(channels)]
    }

    /// With mean and deviation of each channel, of pixels from 0 to 1.
    fileprivate func members(_ pixels: PixelFormat) -> [Key: JSONValue] {
        guard case .float(let mean, let deviation) = pixels else { return members }
        func perChannel(_ values: [Float]) -> JSONValue {
            .array((0..<channels).map { .number(Double(values[$0 % values.count])) })
        }
        return members.merging(["mean": perChannel(mean), "deviation": perChannel(deviation)]) { _, new in new
        }
    }
}
