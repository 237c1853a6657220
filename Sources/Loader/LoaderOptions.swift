// What a loader delivers, and how fast.

public import Dataset
public import Imaging
public import Shards

/// The numbers in which pixels are delivered.
public enum PixelFormat: Sendable, Equatable, Codable {
    /// As stored: U8, 0...255.
    case u8
    /// Float, (x/255 - mean) / standard deviation. Each step is rounded to Float, as in torchvision's ToTensor
    /// and Normalize. One mean and deviation for all channels, or one for each.
    case float(mean: [Float], deviation: [Float])

    /// Float, x/255.
    public static let unit = float(mean: 0, deviation: 1)
    /// Float, (x/255 - 0.5) / 0.5, in -1...1.
    public static let symmetric = float(mean: 0.5, deviation: 0.5)

    /// Float, by mean and standard deviation of what a dataset trains on: its train split, or all other folds.
    ///
    /// - Parameter fold: one of the dataset's folds, which is held out
    public static func normalized(by manifest: Manifest, holdingOut fold: Int? = nil) -> PixelFormat {
        let (mean, deviation) =
            fold.map { (manifest.folds[$0].mean, manifest.folds[$0].std) } ?? (manifest.mean, manifest.std)
        // An image without contrast has no deviation to divide by.
        return .float(mean: mean.map { Float($0) }, deviation: deviation.map { Float(max($0, 0.01)) })
    }

    /// Float, with one mean and standard deviation for all channels.
    public static func float(mean: Float, deviation: Float) -> PixelFormat {
        .float(mean: [mean], deviation: [deviation])
    }
}

/// The order in which a batch holds the values of its images. For gray images, both are the same.
public enum PixelLayout: String, Codable, Sendable, CaseIterable {
    /// All of red, all of green, all of blue: `[N, C, H, W]`, as PyTorch takes them.
    case nchw
    /// Red, green and blue of each pixel: `[N, H, W, C]`, as they are stored, and as Keras takes them.
    case nhwc
}

extension PixelFormat: CustomStringConvertible {
    public var description: String {
        switch self {
        case .u8: "u8"
        case .float(let mean, let deviation):
            "float with mean \(Self.text(mean)) and standard deviation \(Self.text(deviation))"
        }
    }

    private static func text(_ values: [Float]) -> String {
        values.count == 1 ? "\(values[0])" : "(\(values.map { "\($0)" }.joined(separator: ", ")))"
    }
}

/// What happens to the last samples of an epoch when they do not fill a batch.
public enum Remainder: String, Sendable, Codable, CaseIterable {
    /// A shorter batch; with several ranks, slices that differ in length.
    case keep
    /// They are left out of this epoch, as with PyTorch's `drop_last`.
    case drop
    /// The batch is filled with the first samples of the same epoch.
    case pad
}

/// The number of this process among those that share the data.
public struct Rank: Sendable, Equatable {
    /// 0..<count.
    public let number: Int
    /// Number of processes.
    public let count: Int

    /// A process that shares the data with no other.
    public static let single = Rank(0, of: 1)

    /// Opening a loader throws ``LoaderError`` unless `number` is in 0..<count.
    public init(_ number: Int, of count: Int) {
        self.number = number
        self.count = count
    }

    /// This rank's slice of a global batch of `size`: slices are contiguous, in rank order, and
    /// differ in length by one at most.
    func slice(of size: Int) -> Range<Int> {
        number * size / count..<(number + 1) * size / count
    }
}

/// Options of a loader. Those above the line decide what is delivered, those below it only how fast.
public struct LoaderOptions: Sendable {
    /// Samples of a step over all ranks, 1...2^24.
    public var batchSize = 128
    /// Seed of order and augmentation.
    public var seed: UInt64 = 0
    /// Whether samples come in random order; otherwise in stored order, as for evaluation.
    public var shuffle = true
    /// The numbers in which pixels are delivered.
    public var format = PixelFormat.unit
    /// Augmentation while loading, drawn per (seed, epoch, sample); `nil` for none.
    public var augmentation: Augmentation?
    /// The order of the values of an image in colour.
    public var layout = PixelLayout.nchw
    /// Size of a frame in whose middle images are placed after augmentation; `nil` for none.
    public var canvas: ImageSize?
    /// What happens to samples that do not fill the last batch.
    public var remainder = Remainder.keep
    /// The slice of every batch that this process gets.
    public var rank = Rank.single
    /// Blocks per window: samples are shuffled within windows. `nil` shuffles the whole split if it fits `memory`,
    /// or else the largest windows that fit. It decides the order, so it is part of the state.
    public var windowBlocks: Int?
    /// Bytes of decoded pixels to hold in memory, at most: without `windowBlocks`, it decides how a larger split is
    /// shuffled.
    public var memory = 1 << 30

    // ----

    /// Threads that fill batches, 1...1024.
    public var workers = 2
    /// Batches that may be ready ahead of the consumer, 1...4096.
    public var prefetch = 4

    /// The defaults.
    public init() {}

    /// - Parameter channels: of the images
    func validate(channels: Int) throws(LoaderError) {
        try check((1...1 << 24).contains(batchSize), "batch size", "\(batchSize) is not from 1 to 16,777,216")
        try check((1...1024).contains(workers), "workers", "\(workers) is not from 1 to 1024")
        try check((1...4096).contains(prefetch), "prefetch", "\(prefetch) is not from 1 to 4096")
        try check(
            rank.count > 0 && (0..<rank.count).contains(rank.number), "rank",
            "\(rank.number) of \(rank.count) is not a rank")
        try check(rank.count <= batchSize, "rank", "\(rank.count) ranks cannot share batches of \(batchSize)")
        try check(windowBlocks.map { $0 > 0 } ?? true, "window", "must be one block or more")
        try check(memory >= 0, "memory", "\(memory) bytes is negative")
        try validatePixels(channels)
    }

    /// Rejects a division by zero and values beyond the range of fixed-point arithmetic.
    private func validatePixels(_ channels: Int) throws(LoaderError) {
        if case .float(let mean, let deviation) = format {
            try check(
                [1, channels].contains(mean.count) && deviation.count == mean.count, "format",
                "\(mean.count) means and \(deviation.count) deviations do not fit images with \(channels) "
                    + "\(channels == 1 ? "channel" : "channels")")
            for (mean, deviation) in zip(mean, deviation) {
                try check(
                    mean.isFinite && deviation.isFinite && deviation != 0, "format",
                    "cannot subtract \(mean) and divide by \(deviation)")
            }
        }
        if let problem = augmentation?.problem { try check(false, "augmentation", problem) }
        if let canvas {
            let sides = 1...1 << 16
            try check(
                sides.contains(canvas.width) && sides.contains(canvas.height), "canvas",
                "\(canvas) is not from 1x1 to 65536x65536")
        }
    }

    private func check(_ isFine: Bool, _ option: String, _ reason: String) throws(LoaderError) {
        if !isFine { throw .invalid(option: option, reason: reason) }
    }
}
