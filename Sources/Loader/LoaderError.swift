// Why batches could not be delivered.

public import Dataset

public enum LoaderError: Failure, Equatable {
    case emptySplit(folder: String, split: Split)
    /// A state belongs to other data.
    case otherDataset(folder: String, expected: Digest, found: Digest)
    /// A state or option that cannot be honoured.
    case invalid(option: String, reason: String)
    /// The file changed after it was opened.
    case changed(file: String)

    public var kind: FailureKind {
        switch self {
        case .invalid: .usage
        default: .badInput
        }
    }

    public var description: String {
        switch self {
        case .emptySplit(let folder, let split):
            "\(folder): its \(split.rawValue) split is empty\nPrepare it again with another --split."
        case .otherDataset(let folder, let expected, let found):
            "\(folder): digest \(found.hex) is not the \(expected.hex) that the state was saved with\n"
                + "Resume with the same dataset, or start anew."
        case .invalid(let option, let reason): "\(option): \(reason)"
        case .changed(let file): "\(file): changed while it was being read; copy or prepare it again"
        }
    }
}
