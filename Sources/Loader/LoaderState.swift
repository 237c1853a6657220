// Where a training run stands in its data: small enough for every checkpoint.

public import Dataset
public import Imaging

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
    public var format: PixelFormat
    public var augmentation: RandomAffine?
    public var canvas: ImageSize?
}

extension LoaderState {
    /// The options of a loader that continues: those that decide which samples come when are the state's. Those that
    /// decide what becomes of pixels are written in the caller's code, so they must be the same there.
    func options(continuing options: LoaderOptions) throws(LoaderError) -> LoaderOptions {
        try require(options.format, format, "format", \.description)
        try require(options.augmentation, augmentation, "augmentation") { $0?.words ?? "none" }
        try require(options.canvas, canvas, "canvas") { $0?.description ?? "none" }
        var options = options
        options.seed = seed
        options.batchSize = batchSize
        options.shuffle = shuffle
        options.remainder = remainder
        options.windowBlocks = windowBlocks
        // Whether the split fits memory must not decide the order of a run that has begun.
        if windowBlocks == nil { options.memory = .max }
        return options
    }

    private func require<Value: Equatable>(
        _ given: Value, _ saved: Value, _ option: String, _ text: (Value) -> String
    ) throws(LoaderError) {
        guard given != saved else { return }
        throw .invalid(
            option: option,
            reason: "the state was saved with \(text(saved)), given is \(text(given)); resume with what it "
                + "was saved with")
    }
}

extension RandomAffine {
    fileprivate var words: String {
        "rotation \(rotation), shift \(shift), scale \(scale), shear \(shear)"
    }
}
