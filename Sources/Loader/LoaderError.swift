// Why batches could not be delivered.

public import Dataset

/// What stops a loader: its options, its state, or the dataset.
public enum LoaderError: Failure, Equatable {
    case emptySplit(folder: String, split: Split)
    case otherDataset(folder: String, expected: Digest, found: Digest)
    case invalid(option: String, reason: String)
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
            "\(folder): its digest is \(found.hex), but the state was saved with \(expected.hex)\n"
                + "Resume with the same dataset, or start again."
        case .invalid(let option, let reason): "\(option): \(reason)"
        case .changed(let file): "\(file): changed while it was being read; copy or prepare it again"
        }
    }
}
