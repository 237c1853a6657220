// A trained model in a file: weights that PyTorch can open, and all that is needed to use them.

public import Dataset
internal import Foundation
public import Shards

/// What a model says of itself.
public struct ModelDescription: Sendable {
    public static let formatName = "prep-model"
    public static let formatVersion = 1

    public let recipe: Recipe
    /// Class names in label order.
    public let classes: [String]
    /// Name and root digest of the dataset that it was trained on.
    public let dataset: String
    public let digest: Digest
    /// Width and height of that dataset's images.
    public let image: ImageSize
    /// The effective configuration of that dataset's preparation.
    public let preparation: JSONValue
    public let seed: UInt64
    /// Epochs of training before these weights.
    public let epoch: Int

    public init(
        recipe: Recipe, classes: [String], dataset: String, digest: Digest, image: ImageSize,
        preparation: JSONValue, seed: UInt64, epoch: Int
    ) {
        self.recipe = recipe
        self.classes = classes
        self.dataset = dataset
        self.digest = digest
        self.image = image
        self.preparation = preparation
        self.seed = seed
        self.epoch = epoch
    }

    /// No clocks, no paths, no counts of threads: the same training gives the same bytes.
    var json: JSONValue {
        .object([
            "format": .string(Self.formatName), "version": .integer(Int64(Self.formatVersion)),
            "recipe": .string(recipe.yaml), "classes": .array(classes.map { .string($0) }),
            "dataset": .string(dataset), "digest": .string(digest.hex),
            "image": .object(["width": .integer(Int64(image.width)), "height": .integer(Int64(image.height))]
            ),
            "preparation": preparation, "seed": .unsigned(seed), "epoch": .integer(Int64(epoch)),
        ])
    }

    private struct Fields: Decodable {
        let format: String
        let version: Int
        let recipe: String
        let classes: [String]
        let dataset: String
        let digest: Digest
        let image: ImageSize
        let preparation: JSONValue
        let seed: UInt64
        let epoch: Int
    }

    init(_ json: JSONValue, file: String) throws {
        let fields: Fields
        do {
            fields = try json.decoded()
        } catch {
            throw TrainingError.malformedModel(file: file, reason: "its metadata are incomplete")
        }
        guard fields.format == Self.formatName, fields.version == Self.formatVersion else {
            throw TrainingError.malformedModel(
                file: file,
                reason: "its format is \(fields.format) \(fields.version), not \(Self.formatName) 1")
        }
        let recipe = try Recipe(yaml: fields.recipe, file: "\(file) (recipe)")
        guard Set(fields.classes).count == fields.classes.count else {
            throw TrainingError.malformedModel(file: file, reason: "two of its classes have one name")
        }
        let image = fields.image
        guard 1...recipe.input.width ~= image.width, 1...recipe.input.height ~= image.height else {
            throw TrainingError.malformedModel(
                file: file, reason: "images of \(image) do not fit its input of \(recipe.input)")
        }
        self.init(
            recipe: recipe, classes: fields.classes, dataset: fields.dataset, digest: fields.digest,
            image: image, preparation: fields.preparation, seed: fields.seed, epoch: fields.epoch)
    }
}

/// A model, ready to judge images.
public final class Model: Sendable {
    public static let fileName = "model.safetensors"

    public let description: ModelDescription
    public let architecture: Architecture
    let weights: WeightSet

    init(_ description: ModelDescription, _ architecture: Architecture, _ weights: WeightSet) {
        self.description = description
        self.architecture = architecture
        self.weights = weights
    }

    /// Reads a model file, or the best model of a run folder.
    public convenience init(contentsOf path: String) throws {
        var isFolder: ObjCBool = false
        let file =
            FileManager.default.fileExists(atPath: path, isDirectory: &isFolder) && isFolder.boolValue
            ? "\(path)/\(Self.fileName)" : path
        guard FileSystem.exists(file) else {
            throw TrainingError.noModel(path: path, isFolder: isFolder.boolValue)
        }
        let content = try TensorFile(reading: file)
        let description = try ModelDescription(content.metadata, file: file)
        let architecture = try Architecture(description.recipe, classes: description.classes.count)
        // Before memory is asked for.
        try content.requireTensors(of: architecture, file: file)
        let weights = WeightSet(architecture)
        try content.read(into: weights.buffer, of: architecture, file: file)
        guard content.tensors.count == architecture.parameters.count else {
            throw TrainingError.otherTensors(file: file, reason: "it holds tensors that no layer has")
        }
        self.init(description, architecture, weights)
    }

    /// Writes the file so that it is either whole or not there.
    func write(to path: String) throws(ShardError) {
        let tensors = TensorFile.tensors(of: weights.buffer, architecture)
        try TensorFile(metadata: description.json, tensors: tensors).write(to: path)
    }
}
