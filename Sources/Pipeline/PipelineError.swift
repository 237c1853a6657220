// Why a preparation could not be configured or finished.

public import Dataset
internal import Storage

/// What stops a preparation.
public enum PipelineError: Failure, Equatable {
    case noImages(input: String, skipped: String)
    case noLabels(count: Int, example: String)
    case tooManyRejected(rejected: Int, of: Int, limit: String, example: String)
    case tooManyClasses(limit: Int)
    case tooManySamples(limit: Int)
    case tooManyToCompare(limit: Int)
    case noOfficialTest(input: String)
    case changedSize(key: String, found: ImageSize, expected: ImageSize)
    case groups(reason: String)
    case labels(reason: String)
    case relabel(reason: String)
    case noClassName(label: String, known: String)
    case mixedInputs(String)
    case pixelOptions
    case noSuchSplit(String)
    case noLabelTable(folder: String)
    case repeatedInput(String)
    case emptyFolds(asked: Int, filled: Int, samples: Int)
    case leaks(count: Int, first: String)
    case staged(reason: String)
    case scratch(path: String, reason: String)
    case interrupted

    /// Why an image outside of all folders is unusable.
    static let noLabel = "lies in no folder that could be its label"

    public var kind: FailureKind {
        switch self {
        case .scratch, .staged: .io
        case .interrupted: .interrupted
        case .pixelOptions, .noSuchSplit, .noLabelTable: .usage
        default: .badInput
        }
    }

    public var description: String {
        switch self {
        case .noImages(let input, let skipped):
            PathContents.wrongFolder(input, wanted: "a folder of images")
                ?? "\(input): holds no usable image (\(skipped))\n"
                + (skipped.contains(Self.noLabel) && FileSystem.isFolder(input)
                    ? "If it is the folder of one class, give the folder above it. " : "")
                + "Images must be PNG, JPEG, WebP, TIFF, GIF or BMP, each in a folder named after its class. "
                + "Tables and arrays of pixels (.csv, .npz, .npy) are given by their own names, unpacked."
        case .noLabels(let count, let example):
            "no image has a label; the first of \(count): \(example)\n"
                + "Put each image into a folder that is named after its class. prep predict names unlabelled images. "
                + "If train or test are classes, say so with --split."
        case .tooManyRejected(let rejected, let total, let limit, let example):
            "\(rejected) of \(total) images are unusable (allowed: \(limit)); nothing was written. "
                + "The first: \(example)\nFix them, or raise --max-rejected."
        case .tooManyClasses(let limit):
            "more than \(limit) classes"
        case .tooManySamples(let limit):
            "more than \(limit) samples"
        case .tooManyToCompare(let limit):
            "more than \(limit) samples, which are too many to find near-duplicates among\n"
                + "Give --near 0, or prepare them as several datasets."
        case .noOfficialTest(let input):
            "\(input): --official-test needs test images: t10k-images-idx3-ubyte and t10k-labels-idx1-ubyte, "
                + "x_test and y_test, or a table with “test” in its name"
        case .changedSize(let key, let found, let expected):
            "\(key): \(found) pixels, but other images have \(expected)\n"
                + "Add a resize stage (--size) to give all images one size."
        case .groups(let reason):
            "groups of samples: \(reason)"
        case .relabel(let reason): "--relabel: \(reason)"
        case .labels(let reason):
            "labels: \(reason)"
        case .noClassName(let label, let known):
            "label “\(label.excerpt)” has no name; --class-names has those of \(known)\n"
                + "A list begins with the name of label 0; leave that empty (,a,b) if labels begin with 1."
        case .pixelOptions:
            "transpose, prefix, shape and label are for tables, arrays and IDX files, and the inputs are images\n"
                + "Leave these options out."
        case .mixedInputs(let path):
            "\(path): other inputs are tables or arrays of pixels, this one is not\n"
                + "Prepare them as two datasets."
        case .noLabelTable(let folder):
            "\(folder): its labels are not from a table; leave --labels out"
        case .noSuchSplit(let name):
            "“\(name.excerpt)” is not train, validation or test\nWrite FOLDER:test for one split of a dataset."
        case .repeatedInput(let path):
            "\(path): given twice"
        case .emptyFolds(let asked, let filled, let samples):
            "\(samples) images, with what stays together, fill \(filled) folds, not \(asked)\n"
                + "Choose fewer folds."
        case .leaks(let count, let first):
            "\(count) images leak into splits that the input gives, such as \(first)\n"
                + "Leave them out with --leaks drop, or keep them with --leaks keep."
        case .staged(let reason): reason
        case .scratch(let path, let reason):
            "\(path): cannot use a scratch file: \(reason)\nRaise --memory, or free some disk space."
        case .interrupted:
            "interrupted; nothing was written"
        }
    }
}
