// Why a dataset could not be exported.

package import Dataset

package enum ExportError: Failure, Equatable {
    /// A format cannot hold this dataset, but another can.
    case unsuitable(format: ExportFormat, reason: String, other: ExportFormat)
    /// The output holds something.
    case occupied(path: String)

    /// The output lies in the folder of the dataset, which holds nothing else.
    case insideDataset(path: String)
    /// A README that `prep card` did not write.
    case foreign(path: String)

    package var kind: FailureKind { .usage }

    package var description: String {
        switch self {
        case .unsuitable(let format, let reason, let other):
            "cannot export to \(format.rawValue): \(reason)\nUse --format \(other.rawValue)."
        case .occupied(let path): "\(path): not an empty folder\nRemove it, or choose another name."
        case .insideDataset(let path): "\(path): lies in the dataset's own folder\nChoose another place."
        case .foreign(let path): "\(path): not written by prep card\nMove it away, or edit it by hand."
        }
    }
}
