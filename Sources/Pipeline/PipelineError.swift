// Why a preparation could not be configured or finished.

public import Dataset

/// What stops a preparation.
public enum PipelineError: Failure, Equatable {
    case noImages(input: String, skipped: String)
    case tooManyRejected(rejected: Int, of: Int, limit: String, example: String)
    case tooManyClasses(limit: Int)
    case tooManySamples(limit: Int)
    case noOfficialTest(input: String)
    case changedSize(key: String, found: ImageSize, expected: ImageSize)
    case groups(reason: String)
    case scratch(path: String, reason: String)
    case interrupted

    public var kind: FailureKind {
        switch self {
        case .scratch: .io
        case .interrupted: .interrupted
        default: .badInput
        }
    }

    public var description: String {
        switch self {
        case .noImages(let input, let skipped):
            "\(input): holds no usable image (\(skipped))\n"
                + "Images must be PNG or JPEG, each in a folder named after its class."
        case .tooManyRejected(let rejected, let total, let limit, let example):
            "\(rejected) of \(total) images are unusable (allowed: \(limit)); nothing was written. "
                + "The first: \(example)\nFix them, or raise --max-rejected."
        case .tooManyClasses(let limit):
            "more than \(limit) classes"
        case .tooManySamples(let limit):
            "more than \(limit) samples"
        case .noOfficialTest(let input):
            "\(input): --official-test needs t10k-images-idx3-ubyte and t10k-labels-idx1-ubyte"
        case .changedSize(let key, let found, let expected):
            "\(key): \(found) pixels, but other images have \(expected)\n"
                + "Add a resize stage (--size) to give all images one size."
        case .groups(let reason):
            "groups of samples: \(reason)"
        case .scratch(let path, let reason):
            "\(path): cannot use a scratch file: \(reason)\nRaise --memory, or free some disk space."
        case .interrupted:
            "interrupted; nothing was written"
        }
    }
}
