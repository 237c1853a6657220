// Errors of training, evaluation and prediction.

public import Dataset
internal import Storage

/// Why a training, an evaluation or a prediction failed.
public enum TrainingError: Failure, Equatable {
    case unknownRecipe(name: String, known: [String])
    /// Layers are numbered from 0, as in a state dict.
    case layer(recipe: String, number: Int, layer: String, reason: String)
    case tooManyClasses(count: Int, limit: Int)
    /// A model that takes too much is its maker's fault, a training its user's.
    case tooLarge(recipe: String, isTraining: Bool, gigabytes: Int, available: Int)
    case imageTooLarge(found: ImageSize, input: ImageSize, recipe: String)
    case otherChannels(folder: String, found: ImageShape, recipe: String)
    case emptySplit(folder: String, split: Split)
    case noValidation(folder: String)
    case otherClasses(folder: String, found: [String], model: [String])
    case otherShape(folder: String, found: ImageShape, model: ImageShape)
    case diverged(epoch: Int, step: Int, rate: Double)
    case malformedModel(file: String, reason: String)
    case damaged(file: String)
    case noModel(path: String)
    case otherTensors(file: String, reason: String)
    case runExists(folder: String, isRun: Bool)
    case noRun(path: String)
    case notARun(folder: String, reason: String)
    case otherDataset(folder: String, expected: String, found: String)
    case auditOfOther(folder: String, dataset: String)
    case interrupted(run: String, dataset: String, epochs: Int)
    case cancelled

    public var kind: FailureKind {
        switch self {
        case .unknownRecipe, .layer, .tooLarge(_, isTraining: true, _, _), .runExists: .usage
        case .interrupted, .cancelled: .interrupted
        default: .badInput
        }
    }

    public var description: String {
        switch self {
        case .unknownRecipe(let name, let known):
            "\(Spelling.unknown("recipe", name, allowed: known)), or the path of a YAML file"
        case .layer(let recipe, let number, let layer, let reason):
            "\(recipe): layer \(number), \(layer): \(reason)"
        case .tooManyClasses(let count, let limit):
            "\(count) classes are too many to train; the limit is \(limit), "
                + "because the confusion matrix grows with their square"
        case .tooLarge(let recipe, let isTraining, let gigabytes, let available):
            "\(recipe): \(isTraining ? "training" : "evaluating") takes about \(gigabytes) GiB of memory, "
                + "this machine has \(available)\n"
                + (isTraining
                    ? "Try a smaller batch, a smaller input, or smaller layers."
                    : "Use it on a larger machine.")
        case .imageTooLarge(let found, let input, let recipe):
            "the dataset's images are \(found), larger than the input of \(recipe), \(input)\n"
                + "Prepare them with --size \(input), or change the recipe's input."
        case .otherChannels(let folder, let found, let recipe):
            "\(folder): its images are \(found), which \(recipe) does not take\n"
                + (found.channels == 1
                    ? "Prepare it with --channels rgb, or choose a recipe for gray images; see prep recipes."
                    : "Prepare it with --channels gray, or choose a recipe for colour; see prep recipes.")
        case .emptySplit(let folder, let split):
            "\(folder): its \(split.rawValue) split is empty\nPrepare it again with another --split."
        case .noValidation(let folder):
            "\(folder): has no validation split, which early stopping needs\n"
                + "Train without early stopping (--early-stopping, patience), "
                + "or prepare the data with another --split."
        case .otherClasses(let folder, let found, let model):
            "\(folder): has the classes \(Self.list(found)), the model \(Self.list(model))\n"
                + "A model can only be evaluated on datasets with its own classes."
        case .otherShape(let folder, let found, let model):
            "\(folder): its images are \(found), the model was trained on \(model)\n"
                + "Prepare it with --size \(model.size) --channels \(model.channels == 1 ? "gray" : "rgb")."
        case .diverged(let epoch, let step, let rate):
            "the loss became infinite or not a number in epoch \(epoch), step \(step), "
                + "at a learning rate of \(rate)\n"
                + (epoch > 1
                    ? "The run folder keeps the model of the earlier epochs; try a lower --rate."
                    : "Try a lower --rate.")
        case .malformedModel(let file, let reason):
            "\(file): not a model that prep can use: \(reason)"
        case .damaged(let file):
            "\(file): damaged: its content does not match its checksum\nCopy it again, or train again."
        case .noModel(let path):
            PathContents.message(
                path, wanted: "a model", otherwise: "no run folder with a model in it",
                hint:
                    "Give the model first, a run folder or a model.safetensors, then the dataset or the images."
            )
        case .otherTensors(let file, let reason):
            "\(file): its tensors do not fit its recipe: \(reason)"
        case .runExists(let folder, let isRun):
            "\(folder): exists; give another --output\(isRun ? ", or --resume \(folder)" : "")"
        case .noRun(let path):
            PathContents.message(
                path, wanted: "a training run", otherwise: "not the folder of a training run",
                hint: "Give a folder that prep train has written, such as runs/mnist-cnn-1.")
        case .notARun(let folder, let reason):
            "\(folder): not a usable run: \(reason)"
        case .otherDataset(let folder, let expected, let found):
            "\(folder): is not the dataset that this run was trained on (digest \(found), not \(expected))\n"
                + "Prepare that dataset again, or start a new run."
        case .auditOfOther(let folder, let dataset):
            "\(folder): the model was trained on another preparation (of \(dataset)), "
                + "perhaps on these very samples\n"
                + "Name the dataset folder that the run was trained on, or train a run on this one."
        case .interrupted(let run, _, 0):
            "interrupted before the first epoch ended; \(run) has no checkpoint to resume from"
        case .cancelled: "interrupted"
        case .interrupted(let run, let dataset, let epochs):
            "interrupted after \(epochs == 1 ? "1 epoch" : "\(epochs) epochs"); resume with\n"
                + "prep train \(dataset) --resume \(run)"
        }
    }

    private static func list(_ names: [String]) -> String {
        names.prefix(12).map(\.excerpt).joined(separator: ", ") + (names.count > 12 ? ", …" : "")
    }
}
