// The model file: weights that PyTorch can load, and all that is needed to use them.

internal import Configuration
public import Dataset
package import Shards
public import Storage

/// The metadata of a model file.
public struct ModelDescription: Sendable {
    static let formatName = "prep-model"
    static let formatVersion = 2

    /// The recipe that the model was trained with.
    public let recipe: Recipe
    /// The classes that it predicts, in label order.
    public let classes: ClassNames
    /// Name of the dataset that it was trained on.
    public let dataset: String
    /// Root digest of that dataset.
    public let digest: Digest
    /// Shape of that dataset's images.
    public let image: ImageShape
    /// The effective configuration of that dataset's preparation.
    public let preparation: JSONValue
    /// Seed of initial weights, sample order, augmentation and dropout.
    public let seed: UInt64
    /// The fold that the model did not learn from, or `nil`: then train is the dataset's own.
    public let fold: Int?
    /// Number of epochs that the weights were trained for.
    public let epoch: Int

    init(
        recipe: Recipe, classes: ClassNames, dataset: String, digest: Digest, image: ImageShape,
        preparation: JSONValue, seed: UInt64, fold: Int? = nil, epoch: Int
    ) {
        self.recipe = recipe
        self.classes = classes
        self.dataset = dataset
        self.digest = digest
        self.image = image
        self.preparation = preparation
        self.seed = seed
        self.fold = fold
        self.epoch = epoch
    }

    /// No clocks, no paths, no counts of threads: the same training gives the same bytes.
    var json: JSONValue { .object(members) }

    /// What all models of a run have in common.
    fileprivate var ofRun: [Key: JSONValue] { members.filter { $0.key != "epoch" } }

    private var members: [Key: JSONValue] {
        var members: [Key: JSONValue] = [
            "format": .string(Self.formatName), "version": .integer(Self.formatVersion),
            "recipe": .string(recipe.yaml), "classes": .strings(classes.names),
            "dataset": .string(dataset), "digest": .string(digest.hex),
            "image": image.json,
            "preparation": preparation, "seed": .unsigned(seed), "epoch": .integer(epoch),
        ]
        members["fold"] = fold.map { .integer($0) }
        return members
    }

    init(_ json: JSONValue, file: String) throws {
        do {
            var object = try JSONObject(json)
            let (format, version) = (
                try object.text("format"), try object.integer("version", in: 0...Int.max)
            )
            guard format == Self.formatName, version == Self.formatVersion else {
                throw TrainingError.malformedModel(
                    file: file,
                    reason: "its format is \(format.excerpt) \(version), "
                        + "not \(Self.formatName) \(Self.formatVersion)")
            }
            let recipe = try Recipe(yaml: try object.text("recipe"), file: "\(file) (recipe)")
            guard let classes = ClassNames(ordered: try object.texts("classes")) else {
                throw object.problem("classes", "a list of different names")
            }
            let image = try object.shape("image")
            guard image.size.width <= recipe.input.size.width, image.size.height <= recipe.input.size.height,
                image.channels == recipe.input.channels
            else {
                throw TrainingError.malformedModel(
                    file: file, reason: "images of \(image) do not fit its input of \(recipe.input)")
            }
            var fold: Int?
            if let value = object.takeIfPresent("fold") {
                guard let number = value.integer, (0..<Manifest.Limit.folds).contains(number) else {
                    throw object.problem("fold", "a number below \(Manifest.Limit.folds)")
                }
                fold = number
            }
            self.init(
                recipe: recipe, classes: classes,
                dataset: try object.text("dataset", "a name", validDatasetName),
                digest: try object.digest("digest"), image: image,
                preparation: try object.take("preparation"),
                seed: try object.unsigned("seed"),
                fold: fold,
                epoch: try object.integer("epoch", in: 0...Recipe.epochRange.upperBound))
            try object.finish()
        } catch let problem as JSONProblem {
            throw TrainingError.malformedModel(file: file, reason: "its metadata: \(problem.reason)")
        } catch let error as ConfigurationError {
            // A recipe in a file from elsewhere is data, not the user's command.
            throw TrainingError.malformedModel(file: file, reason: "its recipe: \(error.reason)")
        }
    }
}

/// A trained model; an ``Evaluator`` predicts with it.
public final class Model: Sendable {
    package static let fileName = "model.safetensors"

    /// The metadata of the file.
    public let description: ModelDescription
    /// The layers with their shapes and parameters.
    public let architecture: Architecture
    let weights: WeightSet

    init(_ description: ModelDescription, _ architecture: Architecture, _ weights: WeightSet) {
        self.description = description
        self.architecture = architecture
        self.weights = weights
    }

    /// Reads a model file of a run.
    ///
    /// - Parameter run: what the model must be but for its epoch
    /// - Throws: as `init(contentsOf:)`, and ``TrainingError`` if it is of another run
    convenience init(contentsOf path: String, of run: ModelDescription) throws {
        try self.init(contentsOf: path)
        guard description.ofRun == run.ofRun else {
            throw TrainingError.malformedModel(file: path, reason: "it is of another run than the checkpoint")
        }
    }

    /// Reads a model file, or the best model of a run folder.
    ///
    /// - Throws: ``TrainingError`` if there is no usable model, `StorageError` if the file cannot be read
    public convenience init(contentsOf path: String) throws {
        let isFolder = FileSystem.isFolder(path)
        let file = isFolder ? "\(path)/\(Self.fileName)" : path
        guard FileSystem.exists(file), isFolder || PathContents(path).mayBeModel else {
            throw TrainingError.noModel(path: path)
        }
        let content = try WeightsFile(reading: file)
        let description = try ModelDescription(content.metadata, file: file)
        let architecture: Architecture
        do throws(TrainingError) {
            architecture = try Architecture(description.recipe, classes: description.classes.count)
        } catch {
            throw TrainingError.malformedModel(file: file, reason: error.description)
        }
        // Before memory is allocated.
        try content.requireTensors(of: architecture, file: file)
        let weights = WeightSet(architecture)
        try content.read(into: weights.buffer, of: architecture, file: file)
        guard content.tensors.count == architecture.parameters.count else {
            throw TrainingError.otherTensors(file: file, reason: "it has tensors that belong to no layer")
        }
        self.init(description, architecture, weights)
    }

    /// The parameters of all layers in their order; in each layer weight, bias, running_mean, running_var. Names, shapes and
    /// the order of values are PyTorch's.
    package var parameters: [(name: String, shape: [Int], values: [Float])] {
        WeightsFile.tensors(of: weights.buffer, architecture)
    }

    /// - Throws: ``TrainingError`` if the dataset's classes or images are not those that the model is for
    package func requireFit(_ dataset: PreparedDataset) throws(TrainingError) {
        guard dataset.manifest.classes == description.classes else {
            throw .otherClasses(
                folder: dataset.folder, found: dataset.classes.names, model: description.classes.names)
        }
        guard dataset.manifest.image == description.image else {
            throw .otherShape(
                folder: dataset.folder, found: dataset.manifest.image, model: description.image)
        }
    }

    /// The content of its file.
    var tensors: WeightsFile {
        WeightsFile(
            metadata: description.json, tensors: parameters)
    }
}
