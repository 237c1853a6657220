// Where a training run stands in its data: small enough for every checkpoint.

public import Dataset

/// The place of the very next batch. A loader made from it continues there, with any number of
/// workers or ranks.
public struct LoaderState: Codable, Sendable, Equatable {
    /// Root digest of the dataset.
    public var digest: Digest
    public var split: Split
    public var seed: UInt64
    public var epoch: Int
    /// The next step of the epoch, from 0.
    public var step: Int
    public var batchSize: Int
    public var shuffle: Bool
    public var remainder: Remainder
    /// Blocks per window, or `nil` in global mode.
    public var windowBlocks: Int?
}
