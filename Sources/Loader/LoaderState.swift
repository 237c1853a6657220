// How far a training run has come in its data: small enough for every checkpoint.

public import Dataset
public import Imaging

/// The position of the next batch, with the options that decide what is delivered. A loader made from it
/// continues there, with any number of workers or ranks.
public struct LoaderState: Codable, Sendable, Equatable {
    /// Root digest of the dataset.
    public var digest: Digest
    /// The split that was loaded.
    public var split: Split
    /// The fold that was held out, or `nil`.
    public var fold: Int?
    /// Seed of order and augmentation.
    public var seed: UInt64
    /// The epoch of the next batch, from 0.
    public var epoch: Int
    /// The next step of the epoch, from 0.
    public var step: Int
    /// Samples of a step, over all ranks.
    public var batchSize: Int
    /// Whether samples come in random order.
    public var shuffle: Bool
    /// What happens to samples that do not fill the last batch.
    public var remainder: Remainder
    /// Blocks per window, or `nil` if the whole split is shuffled at once.
    public var windowBlocks: Int?
    /// The numbers in which pixels were delivered.
    public var format: PixelFormat
    /// How the values of an image lay in memory; `nil` in states of versions that did not save it.
    public var layout: PixelLayout?
    /// Augmentation while loading; `nil` for none.
    public var augmentation: Augmentation?
    /// Size of the frame around images; `nil` for none.
    public var canvas: ImageSize?
}

extension LoaderState {
    /// The options of a loader that continues. Options that decide the order of samples come from the state. Options
    /// that decide the pixels come from the caller, who must give the same as before.
    func options(continuing options: LoaderOptions) throws(LoaderError) -> LoaderOptions {
        try require(options.format, format, "format", \.description)
        try require(options.layout, layout ?? options.layout, "layout", \.rawValue)
        try require(options.augmentation, augmentation, "augmentation") { $0?.description ?? "none" }
        try require(options.canvas, canvas, "canvas") { $0?.description ?? "none" }
        var options = options
        options.seed = seed
        options.batchSize = batchSize
        options.shuffle = shuffle
        options.remainder = remainder
        options.windowBlocks = windowBlocks
        // The order must not change because the split no longer fits the memory budget.
        if windowBlocks == nil { options.memory = .max }
        return options
    }

    private func require<Value: Equatable>(
        _ given: Value, _ saved: Value, _ option: String, _ text: (Value) -> String
    ) throws(LoaderError) {
        guard given != saved else { return }
        throw .invalid(
            option: option,
            reason: "the state was saved with \(text(saved)), but the loader has \(text(given)); "
                + "resume with the saved value")
    }
}
