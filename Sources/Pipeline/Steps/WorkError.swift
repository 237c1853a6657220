// Why a step of a preparation in a work folder cannot be done.

public import Dataset
internal import Storage

/// Runs `body`, in which a file that is not what it should be is as good as missing.
func believing<R>(_ missing: @autoclosure () -> WorkError, _ body: () throws -> R) throws -> R {
    do {
        return try body()
    } catch let error as StorageError where error.kind != .io {
        throw missing()
    }
}

/// What stops a step.
public enum WorkError: Failure, Equatable {
    case otherWork(folder: String, differs: String)
    case noWork(folder: String)
    /// An earlier step has not been done, or was undone.
    case missing(what: String, step: String)
    case malformed(file: String, reason: String)
    /// Parts were staged from different states of an input.
    case changedInput(folder: String, input: String, parts: [Int])
    case insideInput(folder: String, input: String)
    /// A folder that no work has begun in holds what steps write.
    case notEmpty(folder: String, holds: String)
    case beyond(what: String, count: Int)
    case interrupted(folder: String)

    public var kind: FailureKind {
        switch self {
        case .missing: .io
        case .beyond, .insideInput, .notEmpty: .usage
        case .interrupted: .interrupted
        default: .badInput
        }
    }

    public var description: String {
        switch self {
        case .otherWork(let folder, let differs):
            "\(folder): holds the work of another preparation: \(differs) differ\nChoose another work folder."
        case .noWork(let folder):
            "\(folder): no preparation has begun here\nBegin with prep stage."
        case .missing(let what, let step):
            "\(what): not there, damaged, or made from other files\nRun \(step) first."
        case .malformed(let file, let reason):
            "\(file): \(reason)\nRemove it, and run its step again."
        case .changedInput(let folder, let input, let parts):
            "\(input): parts \(parts.map(String.init).joined(separator: " and ")) were staged from different entries of it\n"
                + "Remove \(folder)/staged, and stage again from the same input."
        case .insideInput(let folder, let input):
            "\(folder): lies in \(input), which is to be prepared\nChoose a work folder elsewhere."
        case .notEmpty(let folder, let name):
            "\(folder): holds \(name.excerpt) of something else, which would be replaced\nChoose another work folder."
        case .interrupted(let folder):
            "interrupted; \(folder) keeps what is done, and the same command goes on"
        case .beyond(let what, let count):
            "\(what): there are \(count), from 0"
        }
    }
}
