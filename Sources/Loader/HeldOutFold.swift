// Cross-validation: one fold is validation, all others are train.

internal import Dataset
public import Shards

/// A fold of a dataset that a model does not learn from. It stands for validation, and all other folds for train,
/// whatever the split of their samples; samples without a fold are test.
public struct HeldOutFold: Sendable {
    /// Its number, from 0.
    public let number: Int
    /// Per sample id.
    private let folds: [UInt8?]
    /// Of the dataset that the ids are of.
    private let digest: Digest

    /// Fold `number` of a dataset that was prepared with folds.
    ///
    /// - Throws: ``LoaderError`` if the dataset has no such fold, ``ShardError`` or ``StorageError`` if the provenance
    ///   cannot be read
    public init(_ number: Int, of dataset: PreparedDataset) throws {
        let count = dataset.manifest.folds.count
        guard (0..<count).contains(number) else {
            throw LoaderError.invalid(
                option: "fold",
                reason: count == 0
                    ? "\(dataset.folder) has no folds; prepare it again with --folds 5"
                    : "\(number) is not from 0 to \(count - 1), the folds of \(dataset.folder)")
        }
        self.init(number, folds: try dataset.provenance().map { $0.fold.map { UInt8($0) } }, of: dataset)
    }

    /// Whether no sample is in it, which only a dataset that others made can have.
    package var isEmpty: Bool { !folds.contains(UInt8(number)) }

    /// - Parameter folds: the fold of each sample of the dataset
    package init(_ number: Int, folds: [UInt8?], of dataset: PreparedDataset) {
        precondition(folds.count == dataset.manifest.samples)
        self.number = number
        self.folds = folds
        digest = dataset.manifest.digest
    }

    /// - Throws: ``LoaderError`` if the fold is of another dataset
    func require(_ dataset: PreparedDataset) throws {
        guard digest == dataset.manifest.digest else {
            throw LoaderError.invalid(option: "fold", reason: "it is not a fold of \(dataset.folder)")
        }
    }

    /// Whether a row belongs to a split.
    ///
    /// - Parameter isCopy: whether it is an augmented copy, which only train has
    func has(_ id: UInt32, isCopy: Bool, in split: Split) -> Bool {
        guard let fold = folds[Int(id)] else { return split == .test && !isCopy }
        return Int(fold) == number ? split == .validation && !isCopy : split == .train
    }
}
